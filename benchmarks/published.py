"""Published results beside ours: `python benchmarks/published.py` writes docs/statistics.md.

The tests read :func:`rows` too, and ask that ours, rounded to the digits printed, is what was printed.
"""

# ruff: noqa: T201 (it says what it wrote)

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from xrlearn import stats

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "stats" / "data"

IOWA = "OR-DBM MRMC 2.51, University of Iowa, printed output"
AOV = "Smith & Hillis, MRMCaov, printed output"
JAFROC = "RJafroc, expected values of its tests (after Hillis et al. 2011)"
IMRMC = "iMRMC R package (Gallas), expected values of its test of doIMRMC"
PROC = "pROC (Robin et al. 2011), printed output"


class Row(NamedTuple):
    """A figure as it was printed, and ours."""

    topic: str
    what: str
    printed: str
    ours: float
    source: str

    @property
    def agrees(self) -> bool:
        """Whether ours, rounded to the digits printed, is what was printed."""
        _, _, decimals = self.printed.partition(".")
        return f"{self.ours:.{len(decimals)}f}" == self.printed


def table(name: str) -> pd.DataFrame:
    """Return one of the published data sets."""
    return pd.read_csv(DATA / f"{name}.csv")


def rows() -> Iterator[Row]:
    """Yield every published result with what we compute from the same data."""
    yield from _vandyke()
    yield from _franken()
    yield from _imrmc()
    yield from _power()
    yield from _asah()
    yield from _binormal()
    yield from _agreement()
    yield from _proportions()


def _vandyke() -> Iterator[Row]:
    ratings = table("vandyke")
    topic = "VanDyke, jackknife"
    result = stats.mrmc(ratings)
    printed = (
        "0.91964573 0.85877617 0.90386473 0.97310789 0.82979066 0.94782609 0.90531401 0.92173913 0.99935588 0.92995169"
    )
    for text, row in zip(printed.split(), result.auc.itertuples()):
        yield Row(topic, f"AUC, modality {row.modality}, reader {row.reader}", text, row.auc, IOWA)
    squares = (("modality", "0.00479617"), ("reader", "0.01534480"), ("modality_reader", "0.00220412"))
    degrees = {"modality": 1, "reader": 4, "modality_reader": 4}
    for name, text in squares:
        yield Row(topic, f"sum of squares, {name}", text, result.mean_squares[name] * degrees[name], IOWA)
    parts = (
        ("reader", "0.0015349993"),
        ("modality_reader", "0.0002004025"),
        ("error", "0.0008022883"),
        ("cov1", "0.0003466137"),
        ("cov2", "0.0003440748"),
        ("cov3", "0.0002390284"),
    )
    for name, text in parts:
        yield Row(topic, f"OR component, {name}", text, result.components[name], AOV)
    dbm = (
        ("dbm_case", "0.02724923"),
        ("dbm_modality_case", "0.01197530"),
        ("dbm_reader_case", "0.01226473"),
        ("dbm_rest", "0.03997160"),
    )
    for name, text in dbm:
        yield Row(topic, f"DBM component, {name[4:]}", text, result.components[name], IOWA)
    a = result.rrrc
    for what, text, ours in (
        ("RRRC F", "4.46", a.F),
        ("RRRC df2", "15.26", a.df2),
        ("RRRC p", "0.0517", a.p),
        ("RRRC difference", "-0.04380", a.difference),
        ("RRRC standard error", "0.02075", a.se),
        ("RRRC low", "-0.08796", a.low),
        ("RRRC high", "0.00036", a.high),
        ("RRRC modality 1, standard error", "0.03317360", a.means["se"][0]),
        ("RRRC modality 1, df", "12.74", a.means["df"][0]),
        ("RRRC modality 1, low", "0.82522360", a.means["low"][0]),
        ("RRRC modality 1, high", "0.96885048", a.means["high"][0]),
        ("RRRC modality 2, low", "0.89413783", a.means["low"][1]),
        ("RRRC modality 2, high", "0.98753689", a.means["high"][1]),
    ):
        yield Row(topic, what, text, ours, IOWA)
    a = result.frrc
    for what, text, ours in (
        ("FRRC chi-square", "5.475953", a.chi2),
        ("FRRC p", "0.01927984", a.p),
        ("FRRC standard error", "0.01871748", a.se),
        ("FRRC low", "-0.08048591", a.low),
        ("FRRC high", "-0.00711473", a.high),
        ("FRRC modality 1, standard error", "0.02428971", a.means["se"][0]),
        ("FRRC modality 2, low", "0.9079564", a.means["low"][1]),
        ("reader 2, modality 1, standard error", "0.0363753335", result.auc["se"][1]),
        ("reader 4, modality 2, standard error", "0.0007213348", result.auc["se"][8]),
    ):
        yield Row(topic, what, text, ours, AOV)
    a = result.rrfc
    for what, text, ours in (
        ("RRFC F", "8.704", a.F),
        ("RRFC p", "0.04195875", a.p),
        ("RRFC standard error", "0.01484629", a.se),
        ("RRFC low", "-0.08502022", a.low),
        ("RRFC high", "-0.00258042", a.high),
        ("RRFC modality 1, low", "0.8280981", a.means["low"][0]),
    ):
        yield Row(topic, what, text, ours, AOV)

    topic = "VanDyke, DeLong"
    result = stats.mrmc(ratings, "delong")
    a = result.rrrc
    for what, text, ours in (
        ("OR component, modality_reader", "0.0002045840", result.components["modality_reader"]),
        ("OR component, error", "0.0007921325", result.components["error"]),
        ("OR component, cov1", "0.0003420090", result.components["cov1"]),
        ("OR component, cov2", "0.0003395265", result.components["cov2"]),
        ("OR component, cov3", "0.0002358497", result.components["cov3"]),
        ("RRRC F", "4.484854", a.F),
        ("RRRC df2", "15.06611", a.df2),
        ("RRRC p", "0.05123303", a.p),
        ("RRRC standard error", "0.0206825", a.se),
        ("RRRC low", "-0.0878671960", a.low),
        ("RRRC high", "0.0002665519", a.high),
        ("RRRC modality 2, df", "12.56530", a.means["df"][1]),
        ("RRRC modality 2, high", "0.9874592", a.means["high"][1]),
    ):
        yield Row(topic, what, text, ours, AOV)

    topic = "VanDyke, sensitivity at rating 3"
    result = stats.mrmc(ratings, metric="sensitivity", threshold=3)
    a = result.rrrc
    for what, text, ours in (
        ("OR component, error", "0.0023681257", result.components["error"]),
        ("OR component, cov3", "0.0006604938", result.components["cov3"]),
        ("RRRC F", "6.689493", a.F),
        ("RRRC df2", "15.71732", a.df2),
        ("RRRC p", "0.02008822", a.p),
        ("RRRC difference", "-0.09777778", a.difference),
        ("RRRC low", "-0.1780371", a.low),
        ("RRRC high", "-0.0175185", a.high),
        ("RRRC modality 1, low", "0.6961876", a.means["low"][0]),
    ):
        yield Row(topic, what, text, ours, AOV)


def _franken() -> Iterator[Row]:
    topic = "Franken, jackknife (negative component)"
    result = stats.mrmc(table("franken"))
    printed = "0.85345997 0.86499322 0.85730439 0.81524197 0.84961556 0.84350972 0.84011759 0.81433740"
    for text, row in zip(printed.split(), result.auc.itertuples()):
        yield Row(topic, f"AUC, modality {row.modality}, reader {row.reader}", text, row.auc, IOWA)
    parts = (
        ("reader", "0.00003776"),
        ("modality_reader", "-0.00071276"),
        ("error", "0.00152578"),
        ("cov1", "0.00079168"),
        ("cov2", "0.00048364"),
        ("cov3", "0.00051251"),
        ("dbm_modality_case", "-0.00288715"),
    )
    for name, text in parts:
        yield Row(topic, f"component, {name}", text, result.components[name], IOWA)
    a, b, c = result.rrrc, result.frrc, result.rrfc
    for what, text, ours in (
        ("RRRC F", "4.69", a.F),
        ("RRRC df2", "3.00", a.df2),
        ("RRRC p", "0.1188", a.p),
        ("RRRC low", "-0.00509", a.low),
        ("RRRC modality 1, standard error", "0.02440215", a.means["se"][0]),
        ("RRRC modality 1, df", "70.12", a.means["df"][0]),
        ("RRRC modality 2, df", "253.64", a.means["df"][1]),
        ("RRRC modality 2, low", "0.79048429", a.means["low"][1]),
        ("FRRC chi-square", "0.32101", b.chi2),
        ("FRRC p", "0.5710", b.p),
        ("FRRC standard error", "0.01916", b.se),
        ("FRRC modality 1, low", "0.79461647", b.means["low"][0]),
        ("RRFC F", "4.69", c.F),
        ("RRFC modality 2, high", "0.86162818", c.means["high"][1]),
    ):
        yield Row(topic, what, text, ours, IOWA)


def _power() -> Iterator[Row]:
    topic = "Power and sample size"
    pilot, effect = stats.mrmc(table("vandyke")), 0.043800322
    for readers, cases, analysis, text in (
        (10, 165, "rrrc", "0.80541995"),
        (6, 111, "rrrc", "0.5526116"),
        (10, 131, "frrc", "0.80091813"),
        (10, 53, "rrfc", "0.80496663"),
    ):
        ours = stats.mrmc_power(pilot, readers, cases, effect, analysis=analysis).power
        yield Row(topic, f"VanDyke, {readers} readers, {cases} cases, {analysis.upper()}: power", text, ours, JAFROC)
    yield Row(topic, "VanDyke, 6 readers: cases", "251", stats.mrmc_sample_size(pilot, 6, effect).cases, JAFROC)
    size = stats.mrmc_sample_size(stats.mrmc(table("franken")), 6, 0.05)
    yield Row(topic, "Franken, 6 readers, difference 0.05: power reached", "0.8004469", size.power, JAFROC)


def _imrmc() -> Iterator[Row]:
    topic = "Random readers and cases in any design"
    wide = table("imrmc").melt(["case", "truth"], var_name="column", value_name="score")
    ratings = wide.assign(modality=wide["column"].str[0], reader=wide["column"].str[1:])
    result = stats.mrmc_any_design(ratings)
    a, b = (row._asdict() for row in result.means.itertuples())
    pair = result.pairs.iloc[0]
    for what, text, ours in (
        ("AUC, modality A", "0.78959", a["value"]),
        ("AUC, modality B", "0.79517", b["value"]),
        ("variance of A", "0.001558203", a["se"] ** 2),
        ("variance of B", "0.001514700", b["se"] ** 2),
        ("variance of A - B", "0.0008030667", pair["se"] ** 2),
        ("degrees of freedom, A", "18.09487", a["df"]),
        ("degrees of freedom, B", "18.05763", b["df"]),
        ("degrees of freedom, A - B", "48.47472", pair["df"]),
        ("p, A - B", "0.8447327", pair["p"]),
        ("A, low", "0.70665804", a["low"]),
        ("B, low", "0.71340391", b["low"]),
        ("A - B, low", "-0.06255824", pair["low"]),
    ):
        yield Row(topic, what, text, ours, IMRMC)


def _asah() -> Iterator[Row]:
    topic = "aSAH"
    data = table("asah")
    truth = data["truth"]
    for name, area, low, high in (
        ("wfns", "0.8237", "0.7485", "0.8988"),
        ("s100b", "0.7314", "0.6301", "0.8326"),
        ("ndka", "0.6120", "0.5012", "0.7227"),
    ):
        bounds = stats.auc_ci(truth, data[name])
        yield Row(topic, f"{name}: AUC", area, stats.auc(truth, data[name]), PROC)
        yield Row(topic, f"{name}: DeLong low", low, bounds[0], PROC)
        yield Row(topic, f"{name}: DeLong high", high, bounds[1], PROC)
    test = stats.delong_test(truth, data["wfns"], data["s100b"])
    yield Row(topic, "wfns - s100b: z", "2.209", test.z, PROC)
    yield Row(topic, "wfns - s100b: p", "0.02718", test.p, PROC)
    yield Row(topic, "wfns - s100b: low", "0.01040618", test.low, PROC)
    yield Row(topic, "wfns - s100b: high", "0.17421442", test.high, PROC)
    unpaired = stats.delong_unpaired_test(truth, data["wfns"], truth, data["s100b"])
    yield Row(topic, "wfns - s100b as if unpaired: z", "1.434906", unpaired.z, PROC)
    s100b = data["s100b"]
    yield Row(topic, "s100b: partial AUC, specificity 0.9-1", "0.03275745", stats.partial_auc(truth, s100b, 0.9), PROC)
    standardised = stats.partial_auc(truth, s100b, 0.9, standardised=True)
    yield Row(topic, "s100b: the same, McClish", "0.6460919", standardised, PROC)
    sensitive = stats.partial_auc(truth, s100b, 0.9, focus="sensitivity", standardised=True)
    yield Row(topic, "s100b: sensitivity 0.9-1, McClish", "0.5461239", sensitive, PROC)


def _binormal() -> Iterator[Row]:
    topic = "Binormal curve"
    ratings = table("vandyke")
    for modality, area in ((1, "0.93316085"), (2, "0.9508185")):
        one = ratings[(ratings["reader"] == 1) & (ratings["modality"] == modality)]
        fit = stats.binormal(one["truth"], one["score"])
        yield Row(topic, f"VanDyke, reader 1, modality {modality}: AUC", area, fit.auc, AOV)
    for reader, modality, a, b in ((2, 1, "1.40", "0.561"), (4, 1, "1.93", "0.202"), (5, 2, "1.73", "0.422")):
        one = ratings[(ratings["reader"] == reader) & (ratings["modality"] == modality)]
        fit = stats.binormal(one["truth"], one["score"])
        yield Row(topic, f"VanDyke, reader {reader}, modality {modality}: a", a, fit.a, AOV)
        yield Row(topic, f"VanDyke, reader {reader}, modality {modality}: b", b, fit.b, AOV)
    counts = ((33, 6, 6, 11, 2), (3, 2, 2, 11, 33))
    ratings_of = [np.repeat(np.arange(1, 6), n) for n in counts]
    fit = stats.binormal(np.repeat([0, 1], [58, 51]), np.concatenate(ratings_of))
    source = "Hanley & McNeil (1982), Radiology 143:29-36, table 3"
    yield Row(topic, "109 CT images: maximum-likelihood AUC", "0.911", fit.auc, source)
    area = stats.auc(np.repeat([0, 1], [58, 51]), np.concatenate(ratings_of))
    yield Row(topic, "109 CT images: Wilcoxon AUC", "0.893", area, source)


def _agreement() -> Iterator[Row]:
    topic = "Agreement"
    scores = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    paper, psych = "Shrout & Fleiss (1979), Psychol Bull 86:420-428, table 4", "psych::ICC 2.2.9 (R), printed output"
    for name, short, value, low, high in (
        ("ICC(1,1)", ".17", "0.1657418", "-0.1329323", "0.7225601"),
        ("ICC(2,1)", ".29", "0.2897638", "0.0187865", "0.7610844"),
        ("ICC(3,1)", ".71", "0.7148407", "0.3424648", "0.9458583"),
        ("ICC(1,k)", ".44", "0.4427971", "-0.8844422", "0.9124154"),
        ("ICC(2,k)", ".62", "0.6200505", "0.0711368", "0.9272320"),
        ("ICC(3,k)", ".91", "0.9093155", "0.6756747", "0.9858917"),
    ):
        found = stats.icc(scores)[name]
        yield Row(topic, name, f"0{short}", found.value, paper)
        yield Row(topic, name, value, found.value, psych)
        yield Row(topic, f"{name} low", low, found.low, psych)
        yield Row(topic, f"{name} high", high, found.high, psych)
    a, b = (np.repeat(np.indices((3, 3))[i].ravel(), (44, 5, 1, 7, 20, 3, 9, 5, 6)) for i in (0, 1))
    vcd = "vcd::Kappa 1.4 (R), printed output for the table 44 5 1 / 7 20 3 / 9 5 6"
    for weights, value, se, low, high in (
        (None, "0.491525424", "0.0721274593", "0.350158201", "0.632892646"),
        ("linear", "0.473684211", "0.0769789099", "0.322808320", "0.624560101"),
        ("quadratic", "0.454545455", "0.0939796978", "0.270348632", "0.638742277"),
    ):
        kappa = stats.cohen_kappa(a, b, weights)
        for what, text, ours in (
            ("", value, kappa.value),
            (", standard error", se, kappa.se),
            (", low", low, kappa.low),
            (", high", high, kappa.high),
        ):
            yield Row(topic, f"Cohen's kappa, weights {weights}{what}", text, ours, vcd)
    fleiss = stats.fleiss_kappa(table("fleiss1971"))
    yield Row(topic, "Fleiss' kappa", "0.430", fleiss.value, "Fleiss (1971), Psychol Bull 76:378-382")
    yield Row(topic, "Fleiss' kappa: z", "17.7", fleiss.z, "irr::kappam.fleiss (R), printed output")
    flow = table("pefr")
    limits = stats.bland_altman(flow["wright1"], flow["mini1"], multiplier=2, simple=True)
    paper = "Bland & Altman (1986), Lancet i:307-310"
    for what, text, ours in (
        ("mean difference, l/min", "-2.1", limits.mean),
        ("standard deviation", "38.8", limits.sd),
        ("standard error of the mean", "9.4", limits.mean_se),
        ("mean, low", "-22.0", limits.mean_ci[0]),
        ("mean, high", "17.8", limits.mean_ci[1]),
        ("standard error of a limit", "16.3", limits.limit_se),
    ):
        yield Row(topic, f"Bland-Altman, {what}", text, ours, paper)


def _proportions() -> Iterator[Row]:
    topic = "Proportions"
    newcombe = "Newcombe (1998), Stat Med 17:857-872, table I"
    for k, n, method, low, high in (
        (81, 263, "wilson", "0.2553", "0.3662"),
        (15, 148, "wilson", "0.0624", "0.1605"),
        (0, 20, "wilson", "0.0000", "0.1611"),
        (1, 29, "wilson", "0.0061", "0.1718"),
        (81, 263, "clopper-pearson", "0.2527", "0.3676"),
        (15, 148, "clopper-pearson", "0.0578", "0.1617"),
        (0, 20, "clopper-pearson", "0.0000", "0.1684"),
        (1, 29, "clopper-pearson", "0.0009", "0.1776"),
    ):
        bounds = stats.proportion_ci(k, n, method)
        yield Row(topic, f"{k} of {n}, {method}: low", low, bounds[0], newcombe)
        yield Row(topic, f"{k} of {n}, {method}: high", high, bounds[1], newcombe)
    truth, call = np.repeat([1, 1, 0, 0], (670, 74, 202, 640)), np.repeat([1, 0, 1, 0], (670, 74, 202, 640))
    d = stats.diagnostic(truth, call, "clopper-pearson")
    epir = "epiR::epi.tests 2.0.57 (R), printed output for the table 670 202 / 74 640"
    for name, value, low, high in (
        ("sensitivity", "0.9005376", "0.8767462", "0.9210923"),
        ("specificity", "0.7600950", "0.7297765", "0.7885803"),
        ("ppv", "0.7683486", "0.7388926", "0.7959784"),
        ("npv", "0.8963585", "0.8716393", "0.9177402"),
        ("lr_positive", "3.7537262", "3.3206884", "4.2432346"),
        ("lr_negative", "0.1308552", "0.1050643", "0.1629771"),
    ):
        estimate = getattr(d, name)
        yield Row(topic, name, value, estimate.value, epir)
        yield Row(topic, f"{name}, low", low, estimate.low, epir)
        yield Row(topic, f"{name}, high", high, estimate.high, epir)
    votes = [[794, 150], [86, 570]]
    source = "mcnemar.test and binom.test (R 4.2), printed output for Agresti's approval table"
    for method, statistic, p in (
        ("asymptotic", "17.35593220", "0.0000309929"),
        ("corrected", "16.81779661", "0.0000411456"),
    ):
        test = stats.mcnemar(votes, method)
        yield Row(topic, f"McNemar, {method}", statistic, test.statistic, source)
        yield Row(topic, f"McNemar, {method}: p", p, test.p, source)
    yield Row(topic, "McNemar, exact: p", "0.0000371594", stats.mcnemar(votes, "exact").p, source)


def page() -> str:
    """Return docs/statistics.md."""
    lines = [
        "# Statistics: published results beside ours",
        "",
        "Made by `python benchmarks/published.py`; the tests ask that every figure of ours, rounded to the digits",
        "printed, is what was printed. The data, and their sources, are in `tests/stats/data`. Conventions that a",
        "reader of the figures should know:",
        "",
        *_CONVENTIONS,
    ]
    topic = ""
    for row in rows():
        if row.topic != topic:
            topic = row.topic
            lines += ["", f"## {topic}", "", "| what | published | ours | source |", "| --- | ---: | ---: | --- |"]
        lines.append(f"| {row.what} | {row.printed} | {row.ours:.10g} | {row.source} |")
    return "\n".join(lines) + "\n"


_CONVENTIONS = """\
- **AUC interval**: DeLong, cut off at 0 and 1. When the classes are perfectly separated its standard error is zero and
  says nothing; the bound is then the exact one, (alpha / 2)^(1 / smaller class).
- **MRMC**: `max(Cov2 - Cov3, 0)` in the error terms, Hillis' ddf_H; the components printed are not truncated and may
  be negative. Fixed readers: chi-square. Designs that are not fully crossed
  go to `mrmc_any_design` (Gallas' U-statistics; the figures of iMRMC below are of a fully crossed study, where the same
  formula is used; its behaviour on incomplete ones is held by tests: against the definition, and by simulation).
- **Cohen's kappa**: interval from the non-null standard error of Fleiss, Cohen & Everitt (1969).
- **Fleiss' kappa**: `se` and interval after Gwet (2021), valid whatever the agreement; `se_null`, `z`, `p` after
  Fleiss, Nee & Landis (1979), as R's irr prints them.
- **Bland-Altman**: limits mean +- 1.96 SD (n - 1), standard error of a limit SD sqrt(1 / n + 1.96^2 / (2 (n - 1))),
  Student's t; `multiplier=2, simple=True` gives the paper of 1986, which the table shows.
- **Calibration**: logistic regression on logit(p), p kept within 1e-6 of 0 and 1; checked against R's glm in the tests.
- **ECE**: 10 bins of equal width unless asked otherwise; its bootstrap interval is biased upwards.
- **NRI**: variance (u + d - (u - d)^2) / n of each part (Pencina 2011), as R's Hmisc::improveProb.""".splitlines()


if __name__ == "__main__":
    target = ROOT / "docs" / "statistics.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(page(), encoding="utf-8")
    wrong = [row for row in rows() if not row.agrees]
    print(f"{target.relative_to(ROOT)}: {sum(1 for _ in rows())} figures, {len(wrong)} disagree")
    for row in wrong:
        print(row)
