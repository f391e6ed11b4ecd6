"""A report as a bag of word sequences, Chinese by characters; what a negation reaches is marked."""

import re

_CLAUSE = re.compile(r"[.;:!?\n。；：！？]|,\s*(?=but|however)|，(?=但)|\bbut\b|\bhowever\b|但")
_WORD = re.compile(r"[a-z]+|[\u4e00-\u9fff]+")
#: what denies whatever follows it in its clause (NegEx: Chapman et al., J Biomed Inform 2001)
_NOT = re.compile(r"\b(?:no|not|without|negative for|excludes?|free of|never)\b|未见|未发现|无|没有|不|排除|否认")
#: longest sequence of words, of characters
LONGEST = (3, 4)


def tokens(report: str) -> list[str]:
    """Return the sequences of one to three words (of one to four characters) of a report, in order.

    What stands behind a negation in its clause is marked with ``!``.

    Examples
    --------
    >>> tokens("No fracture. Swelling")
    ['no', '!fracture', 'swelling']
    >>> tokens("未见骨折")[-3:]
    ['!骨', '!骨折', '!折']
    """
    found: list[str] = []
    for clause in _CLAUSE.split(report.lower()):
        denied = _NOT.search(clause)
        cut = denied.end() if denied else len(clause)
        for part, mark in ((clause[:cut], ""), (clause[cut:], "!")):
            words = [w for run in _WORD.findall(part) for w in ([run] if run.isascii() else list(run))]
            for i in range(len(words)):
                longest = LONGEST[not words[i].isascii()]
                for end in range(i + 1, min(i + longest, len(words)) + 1):
                    joint = " " if words[i].isascii() else ""
                    found.append(mark + joint.join(words[i:end]))
    return found
