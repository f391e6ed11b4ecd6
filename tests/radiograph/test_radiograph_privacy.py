"""De-identification: what identified the patient is nowhere in the bytes, the pixels are as they were."""

from io import BytesIO

import numpy as np
import pytest
from films import compressed, dataset, dicom, file, limb
from pydicom import dcmread, uid
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from xrlearn.locale import text
from xrlearn.radiograph import RadiographError, deidentify, privacy, read

SECRETS = {
    "PatientName": "DOE^JANE",
    "PatientID": "MRN4711",
    "PatientBirthDate": "19790408",
    "PatientAddress": "Mill Lane 5",
    "OtherPatientIDs": "OLD0815",
    "AccessionNumber": "FUJI95706",
    "InstitutionName": "N.C.C. HIGASHI",
    "ReferringPhysicianName": "SMITH^ADAM",
    "OperatorsName": "JONES^EVE",
    "StudyDate": "20031208",
    "AcquisitionDateTime": "20031208063649",
    "StudyDescription": "Fall from ladder at Acme",
    "ImageComments": "call Mrs Doe",
    "StationName": "ROOM12XR",
    "DeviceSerialNumber": "SN998877",
    "PatientComments": "daughter of mayor",
    "StudyID": "STUDY77",
}
UIDS = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")


def identified(**header: object) -> Dataset:
    ds = dataset(**SECRETS, **header)
    inner = Dataset()
    inner.PatientName = "NESTED^NAME"
    inner.ScheduledProcedureStepStartDate = "20011111"
    inner.CodeMeaning = "kept"
    deeper = Dataset()
    deeper.InstitutionName = "DEEP CLINIC"
    inner.ProcedureCodeSequence = Sequence([deeper])
    ds.AnatomicRegionSequence = Sequence([inner])  # a sequence that the profile keeps
    ds.RequestAttributesSequence = Sequence([inner])  # one that it removes
    block = ds.private_block(0x0009, "ACME PRIVATE", create=True)
    block.add_new(1, "LO", "private secret")
    return ds


ALL = [*SECRETS.values(), "NESTED", "20011111", "DEEP CLINIC", "ACME", "private secret"]


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian])
def test_no_secret_is_left_in_the_bytes(syntax):
    ds = identified()
    originals = [str(ds[keyword].value) for keyword in UIDS]
    before = file(ds, syntax)
    assert all(secret.encode() in before for secret in ALL)
    after, report = deidentify(before)
    assert [secret for secret in [*ALL, *originals] if secret.encode() in after] == []
    assert [secret for secret in ALL if secret in repr(report)] == []


def test_pixels_and_what_reading_needs_stay():
    ds = identified(PixelSpacing=[0.143, 0.143], Laterality="L", ViewPosition="AP", BodyPartExamined="KNEE")
    before = file(ds)
    after, _ = deidentify(before)
    assert dcmread(BytesIO(after)).PixelData == dcmread(BytesIO(before)).PixelData
    old, new = read(before), read(after)
    np.testing.assert_array_equal(old.pixels, new.pixels)
    assert (old.spacing_mm, old.side, old.view, old.body_part) == (new.spacing_mm, new.side, new.view, new.body_part)


def test_a_compressed_stream_is_carried_over():
    before = compressed(uid.JPEG2000Lossless)
    after, _ = deidentify(before)
    np.testing.assert_array_equal(read(after).pixels, read(before).pixels)
    assert dcmread(BytesIO(after)).file_meta.TransferSyntaxUID == uid.JPEG2000Lossless


def test_the_file_says_what_was_done():
    ds = dcmread(BytesIO(deidentify(file(identified()))[0]))
    assert ds.PatientIdentityRemoved == "YES"
    assert ds.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
    assert ds.DeidentificationMethodCodeSequence[0].CodingSchemeDesignator == "DCM"
    assert ds.PatientID == ""  # type 2: present and empty
    assert ds.AnatomicRegionSequence[0].CodeMeaning == "kept"
    assert ds.preamble == bytes(128)
    assert ds.LongitudinalTemporalInformationModified == "REMOVED"


def test_the_report_names_every_change():
    _, report = deidentify(file(identified()))
    done = {(action.name, action.action) for action in report.actions}
    assert {
        ("Patient's Name", "emptied"),
        ("Patient's Birth Date", "emptied"),
        ("Institution Name", "removed"),
        ("Study Instance UID", "new_uid"),
        ("Private", "removed"),
    } <= done
    assert all(action.tag.startswith("(") for action in report.actions)
    for warning in report.warnings:
        assert text(warning)


def test_films_of_one_study_stay_together():
    first, second = (dcmread(BytesIO(deidentify(dicom(SOPInstanceUID=f"1.2.3.{number}"))[0])) for number in (1, 2))
    assert first.StudyInstanceUID == second.StudyInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.file_meta.MediaStorageSOPInstanceUID == first.SOPInstanceUID


def test_references_point_to_the_new_uids():
    reference = Dataset()
    reference.ReferencedSOPClassUID = uid.DigitalXRayImageStorageForPresentation
    reference.ReferencedSOPInstanceUID = "1.2.3.4"
    code = Dataset()
    code.CodeMeaning = "Knee"
    code.ReferencedImageSequence = Sequence([reference])
    code.ReferencedSOPInstanceUID = "1.2.3.4"
    ds = dcmread(BytesIO(deidentify(dicom(SOPInstanceUID="1.2.3.4", AnatomicRegionSequence=Sequence([code])))[0]))
    assert ds.AnatomicRegionSequence[0].ReferencedSOPInstanceUID == ds.SOPInstanceUID


def test_overlays_go_with_what_may_be_written_on_them():
    ds = dataset()
    ds.add_new(0x60000010, "US", 96)
    ds.add_new(0x60000011, "US", 80)
    ds.add_new(0x60004000, "LT", "DOE JANE")
    ds.add_new(0x60003000, "OW", bytes(960))
    after, _ = deidentify(file(ds))
    assert b"DOE" not in after
    assert not any(tag.group >> 8 == 0x60 for tag in list(dcmread(BytesIO(after)).keys()))


def test_burned_in_text_is_warned_of():
    _, report = deidentify(dicom(BurnedInAnnotation="YES"))
    assert "radiograph.deidentify.burned_in_said" in report.warnings
    _, report = deidentify(dicom(BurnedInAnnotation="NO"))
    assert "radiograph.deidentify.burned_in_said" not in report.warnings
    assert "radiograph.deidentify.look" in report.warnings
    _, report = deidentify(dicom(RecognizableVisualFeatures="YES"))
    assert "radiograph.deidentify.burned_in_said" in report.warnings


@pytest.mark.parametrize("data", [b"", b"text", dicom()[:-4000], dicom(Modality="CT")])
def test_what_cannot_be_read_is_not_declared_clean(data):
    with pytest.raises(RadiographError):
        deidentify(data)


def test_what_goes_wrong_is_told_without_its_words(monkeypatch):
    def fail(ds: Dataset) -> None:
        raise ValueError(f"cannot make sense of {ds.PatientName}")

    monkeypatch.setattr(privacy, "scrub", fail)
    with pytest.raises(RadiographError) as caught:
        deidentify(file(identified()))
    assert caught.value.key == "radiograph.error.damaged"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian])
def test_text_where_a_number_belongs_goes_and_numbers_stay(syntax):
    ds = dataset(ExposureTime=12, FocalSpots=[0.6, 1.2], DistanceSourceToDetector=1150.5)
    ds.add_new("KVP", "LO", "SECRET")
    ds.add_new("FieldOfViewDimensions", "LO", ["30", "SECRET"])
    after, report = deidentify(file(ds, syntax))
    assert b"SECRET" not in after
    assert {"KVP", "Field of View Dimension(s)"} <= {action.name for action in report.actions}
    left = dcmread(BytesIO(after))
    assert (left.ExposureTime, left.FocalSpots, left.DistanceSourceToDetector) == (12, [0.6, 1.2], 1150.5)


def test_where_clearing_bits_would_change_the_picture_they_stay_and_it_is_said():
    data = dicom(limb(300, 200), 10)  # 12 bits, and a header that says 10
    after, report = deidentify(data)
    np.testing.assert_array_equal(read(after).pixels, read(data).pixels)
    assert report.warnings[0] == "radiograph.deidentify.not_scrubbed"
    assert "radiograph.deidentify.not_scrubbed" not in deidentify(dicom())[1].warnings


def test_a_film_that_does_not_say_what_it_is_becomes_one_that_does():
    bare = dataset(SOPClassUID=None, SOPInstanceUID=None)
    out = BytesIO()
    bare.save_as(out, implicit_vr=True, little_endian=True)
    ds = dcmread(BytesIO(deidentify(out.getvalue())[0]))
    assert ds.SOPClassUID == uid.SecondaryCaptureImageStorage
    assert ds.SOPInstanceUID
    assert dcmread(BytesIO(deidentify(dicom())[0])).SOPClassUID == uid.DigitalXRayImageStorageForPresentation


def test_nothing_is_written_to_disk(monkeypatch):
    import builtins
    import pathlib
    import tempfile

    deidentify(dicom())  # imports what is imported on first use
    real = builtins.open

    def refuse(*args, **kwargs):
        raise AssertionError("a file was opened for writing")

    def reading_only(path, mode="r", *args, **kwargs):
        return refuse() if set(mode) & set("wax+") else real(path, mode, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", reading_only)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    monkeypatch.setattr(pathlib.Path, "write_bytes", refuse)
    deidentify(dicom())


def test_an_overlay_in_the_unused_bits_goes_and_the_picture_stays():
    stored = limb()
    written = stored | (np.eye(96, 80, dtype=np.uint16) << 15).astype(np.uint16)
    ds = dataset(written)
    ds.add_new(0x60000100, "US", 16)
    ds.add_new(0x60000102, "US", 15)
    after, _ = deidentify(file(ds))
    np.testing.assert_array_equal(np.frombuffer(dcmread(BytesIO(after)).PixelData, np.uint16).reshape(96, 80), stored)


def test_dates_times_and_names_go_that_the_table_does_not_list():
    values = {"DA": "20200214", "DT": "20200214101112", "TM": "101112", "PN": "DOE^JANE"}
    # Tags of commands and of the file itself stand in no data set.
    unlisted = [
        (BaseTag(tag), entry[0])
        for tag, entry in DicomDictionary.items()
        if entry[0] in values and tag >> 16 > 2 and privacy._code(BaseTag(tag)) is None
    ]
    assert unlisted
    ds = dataset()
    for tag, kind in unlisted:
        ds.add_new(tag, kind, values[kind])
    cleaned, report = deidentify(file(ds))
    left = dcmread(BytesIO(cleaned))
    assert [tag for tag, _ in unlisted if tag in left] == []
    assert sum(action.action == "removed" for action in report.actions) >= len(unlisted)


def test_no_element_that_the_table_lists_keeps_its_value():
    """Nor one that no dictionary knows."""
    inner = Dataset()
    inner.PatientName = "SECRET^JANE"
    values = dict.fromkeys(("LO", "SH", "ST", "LT", "UT", "PN"), "SECRET") | {
        **{"DA": "20200214", "DT": "20200214101112", "TM": "101112", "UI": "1.2.3.4711", "OB": b"SECRET"},
        "SQ": Sequence([inner]),
    }
    listed = {tag: dictionary_VR(tag) for tag in privacy._table() if tag[0] > 2 and dictionary_has_tag(tag)}
    ds = dataset()
    for tag, kind in listed.items():
        if kind in values:
            ds.add_new(tag, kind, values[kind])
    ds.add_new(0x00089999, "LO", "SECRET")
    assert len(ds) > 300
    before = file(ds)
    after, report = deidentify(before)
    assert before.count(b"SECRET") > 200
    assert b"SECRET" not in after
    left = dcmread(BytesIO(after))
    assert [tag for tag, kind in listed.items() if tag in left and left[tag].value == values.get(kind, "")] == []
    assert {action.action for action in report.actions} == {"removed", "emptied", "replaced", "new_uid"}
    assert ("(0008,9999)", "Unknown", "removed") in {(a.tag, a.name, a.action) for a in report.actions}
