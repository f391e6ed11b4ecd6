"""Reports of wrist films, English and Chinese, and whether each reports a fracture of today.

A small grammar. Radiologists' habits that mislead a machine which counts words are all there: fractures that are
denied, old, healed, feared in the request, or elsewhere; fractures that are never called so ("cortical break"); a
fracture without displacement; hedges; typing errors. The label is what the writer meant. A hedge ("cannot be excluded")
is meant as yes or no by chance, because people who label reports disagree there as well.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .columns import Column

#: what the system reads
REPORT = Column("report")
#: share of reports with a fracture (de Bruijn et al. 2006: about 37 %, from its sensitivity, specificity and accuracy)
BROKEN = 0.35
#: share of words with a typing error
SLIPS = 0.01

Phrases = dict[str, Sequence[str]]

_ENGLISH: Phrases = {
    "bone": ("distal radius", "ulnar styloid", "scaphoid", "triquetrum", "distal ulna", "radial styloid", "lunate"),
    "history": (
        "Fall on the outstretched hand.", "Pain after a fall, fracture?", "Rule out fracture.", "Swollen wrist.",
        "Referred from the fracture clinic.", "Known fracture, pain again.", "?# wrist", "Snuffbox tenderness.",
        "Fracture two years ago. New fall.", "Sports injury.", "Suspected scaphoid fracture.",
    ),
    "yes": (
        "There is a fracture of the {bone}.", "Transverse fracture of the {bone} with dorsal angulation.",
        "Fracture of the {bone} without displacement.", "Undisplaced {bone} fracture.",
        "Comminuted intra-articular fracture of the {bone}.", "Cortical break at the {bone}.",
        "Torus injury of the {bone}.", "Lucent line through the {bone}, no dislocation.",
        "Avulsed fragment at the {bone}.", "Buckling of the cortex of the {bone}.", "Colles' fracture.",
        "The {bone} is broken, no other injury.", "No change in position of the fracture of the {bone}.",
        "Fracture line still seen in the {bone}, not healed.", "Acute on old fracture of the {bone}.",
    ),
    "no": (
        "No fracture.", "No evidence of a fracture.", "No acute bony injury.", "The {bone} is intact.",
        "No fracture or dislocation seen.", "Without fracture.", "Normal wrist.", "Fracture is excluded.",
        "The fracture feared of the {bone} is not confirmed.", "Negative for fracture.",
        "Old healed fracture of the {bone}.", "Deformity of the {bone} after an old fracture, nothing new.",
        "Well corticated fragment at the {bone}, not recent.", "Fracture line of the {bone} no longer visible.",
        "Accessory ossicle near the {bone}, not to be taken for a fracture.", "Bones and joints are normal.",
        "Previous fracture of the {bone} has united.", "Nutrient channel of the {bone} mimics a lucent line.",
    ),
    "hedge": (
        "A fracture of the {bone} cannot be excluded.", "Possible fracture of the {bone}, repeat in 10 days.",
        "Equivocal lucent line at the {bone}.", "Doubtful cortical step of the {bone}.",
    ),
    "other": (
        "Soft tissue swelling.", "Degenerative change of the first carpometacarpal joint.", "No foreign body.",
        "Scapholunate distance is not widened.", "Chondrocalcinosis.", "No dislocation.", "Osteopenia.",
        "Pronator fat pad is displaced.", "Alignment is normal.", "Plaster in place.", "No previous films.",
        "Ulna minus variant.", "Joint space narrowing.",
    ),
}  # fmt: skip
_CHINESE: Phrases = {
    "bone": ("桡骨远端", "尺骨茎突", "舟骨", "三角骨", "尺骨远端", "桡骨茎突", "月骨"),
    "history": (
        "跌倒后腕痛。", "外伤，骨折？", "排除骨折。", "腕部肿胀。", "骨折门诊转来。", "已知骨折，再次疼痛。",
        "两年前骨折，再次跌倒。", "运动损伤。", "怀疑舟骨骨折。", "鼻烟窝压痛。",
    ),
    "yes": (
        "{bone}骨折。", "{bone}横行骨折，向背侧成角。", "{bone}骨折，未见移位。", "{bone}无移位骨折。",
        "{bone}粉碎性骨折，累及关节面。", "{bone}骨皮质中断。", "{bone}可见透亮线，无脱位。", "{bone}撕脱骨片。",
        "{bone}皮质皱褶。", "Colles 骨折。", "{bone}骨折位置无变化。", "{bone}骨折线仍可见，未愈合。",
        "{bone}陈旧骨折基础上新鲜骨折。",
    ),
    "no": (
        "未见骨折。", "未见明确骨折征象。", "骨质未见异常。", "{bone}完整。", "未见骨折及脱位。", "腕关节正常。",
        "可排除骨折。", "{bone}所疑骨折未能证实。", "{bone}陈旧性骨折，已愈合。", "{bone}骨折后畸形，无新发病变。",
        "{bone}旁骨片边缘光整，非新鲜。", "{bone}骨折线已消失。", "{bone}旁副骨，不应误认为骨折。",
        "原{bone}骨折已连接。", "{bone}滋养管影，类似透亮线。",
    ),
    "hedge": ("{bone}骨折不能排除。", "{bone}可疑骨折，10 天后复查。", "{bone}可疑透亮线。", "{bone}皮质待定。"),
    "other": (
        "软组织肿胀。", "第一腕掌关节退行性变。", "未见异物。", "舟月间隙未见增宽。", "软骨钙质沉着。", "未见脱位。",
        "骨质疏松。", "旋前方肌脂肪垫移位。", "对位正常。", "石膏固定中。", "无既往影像。", "关节间隙变窄。",
    ),
}  # fmt: skip
_HEADS = {"en": ("Wrist, two views. Request: ", "X-ray wrist. Clinical details: ", "WRIST AP + LAT. "),
          "zh": ("腕关节正侧位。申请：", "腕部 X 线。病史：", "腕关节 DR。")}  # fmt: skip


def write(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return `n` reports: ``report``, ``language``, ``hedged``, and ``reported_fracture``.

    Examples
    --------
    >>> table = write(20, np.random.default_rng(0))
    >>> sorted(table["language"].unique()), set(table["reported_fracture"])
    (['en', 'zh'], {0, 1})
    """
    return pd.DataFrame([_report(rng) for _ in range(n)])


def _report(rng: np.random.Generator) -> dict[str, object]:
    language = str(rng.choice(["en", "zh"]))
    phrases = _ENGLISH if language == "en" else _CHINESE
    broken, hedged = rng.random() < BROKEN, rng.random() < 0.07

    def one(kind: str) -> str:
        return str(rng.choice(phrases[kind])).format(bone=rng.choice(phrases["bone"]))

    findings = [one("hedge" if hedged else "yes" if broken else "no")]
    if broken and not hedged and rng.random() < 0.25:  # another bone is whole, or was broken once
        findings.append(one("no"))
    findings += [one("other") for _ in range(rng.integers(0, 4))]
    rng.shuffle(findings)
    history = one("history") if rng.random() < 0.7 else ""
    joint = " " if language == "en" else ""
    said = str(rng.choice(_HEADS[language])) + joint.join([history, *findings]).strip()
    return {
        "report": _mistyped(said, rng),
        "language": language,
        "hedged": bool(hedged),
        "reported_fracture": int(broken),
    }


def _mistyped(said: str, rng: np.random.Generator) -> str:
    """Swap two letters inside some English words, drop a character of some Chinese reports, as hurried typists do."""
    words = said.split(" ")
    for i, word in enumerate(words):
        if len(word) > 4 and rng.random() < (SLIPS if word.isascii() else 5 * SLIPS):
            at = int(rng.integers(1, len(word) - 2))
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            words[i] = swapped if word.isascii() else word[:at] + word[at + 1 :]
    return " ".join(words)
