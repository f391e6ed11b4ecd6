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
    return [token for token, _, _ in spans(report)]


def spans(report: str) -> list[tuple[str, int, int]]:
    """Return the same sequences, each with where it begins and ends in the report.

    >>> spans("No fracture")
    [('no', 0, 2), ('!fracture', 3, 11)]
    """
    written, found, begin = report.lower(), [], 0
    for stop, after in [*(m.span() for m in _CLAUSE.finditer(written)), (len(written), len(written))]:
        clause = written[begin:stop]
        denied = _NOT.search(clause)
        cut = denied.end() if denied else len(clause)
        for low, high, mark in ((0, cut, ""), (cut, len(clause), "!")):
            words: list[tuple[int, int]] = []
            for run in _WORD.finditer(clause, low, high):
                a, b = run.span()
                words += [(a, b)] if run[0].isascii() else [(k, k + 1) for k in range(a, b)]
            for i, (first, _) in enumerate(words):
                ascii_ = clause[first].isascii()
                for end in range(i + 1, min(i + LONGEST[not ascii_], len(words)) + 1):
                    sequence = (" " if ascii_ else "").join(clause[a:b] for a, b in words[i:end])
                    found.append((mark + sequence, begin + first, begin + words[end - 1][1]))
        begin = after
    return found
