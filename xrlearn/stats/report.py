"""The multi-reader analysis in words: a table for the methods section and one sentence for everybody."""

from unicodedata import east_asian_width

from ..locale import text
from .designs import AnyDesign
from .multireader import MRMC, Analysis


def p_text(p: float) -> str:
    """Return a p value with four decimals, or ``< 0.0001``."""
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def _grid(rows: list[list[str]]) -> str:
    """Return rows as aligned columns; Chinese characters are two wide."""

    def width(cell: str) -> int:
        return sum(2 if east_asian_width(character) in "WF" else 1 for character in cell)

    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell + " " * (w - width(cell)) for cell, w in zip(row, widths)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def _readers(result: MRMC) -> str:
    wide = result.auc.pivot(index="reader", columns="modality", values=result.metric)
    wide = wide.loc[list(result.readers), list(result.modalities)]
    rows = [[text("stats.figure.reader"), *map(str, result.modalities)]]
    rows += [[str(reader), *(f"{x:.4f}" for x in values)] for reader, values in zip(wide.index, wide.to_numpy())]
    rows.append([text("stats.report.mean"), *(f"{x:.4f}" for x in wide.mean())])
    return _grid(rows)


def _analyses(result: MRMC) -> str:
    titles = [text(f"stats.report.{name}") for name in ("analysis", "statistic", "df", "p")]
    two = len(result.modalities) == 2
    rows = [titles + ([text("stats.report.difference", percent=100 * result.level)] if two else [])]
    for name in ("rrrc", "frrc", "rrfc"):
        analysis: Analysis | None = getattr(result, name)
        if analysis is None:
            continue
        if analysis.F is not None:
            statistic, df = f"F = {analysis.F:.3f}", f"{analysis.df1}, {analysis.df2:.2f}"
        else:
            statistic, df = f"χ² = {analysis.chi2:.3f}", str(analysis.df1)
        row = [text(f"stats.report.{name}"), statistic, df, p_text(analysis.p)]
        if two:
            row.append(f"{analysis.difference:+.4f} ({analysis.low:+.4f}, {analysis.high:+.4f})")
        rows.append(row)
    return _grid(rows)


def plain_sentence(result: MRMC) -> str:
    """Return the result in one or two plain sentences, in the language in use.

    Parameters
    ----------
    result : MRMC
        From :func:`xrlearn.stats.mrmc`.

    Examples
    --------
    >>> from xrlearn.stats import mrmc, roe_metz
    >>> print(plain_sentence(mrmc(roe_metz(readers=4, normal=30, diseased=30))).split(". ")[-1])
    The study does not show that the modalities differ, nor that they are alike, for readers and cases like these.
    """
    name = "rrrc" if result.rrrc else "frrc"
    analysis = result.rrrc or result.frrc
    verdict = text(
        "stats.report.differs" if analysis.p < 1 - result.level else "stats.report.unclear",
        scope=text(f"stats.report.scope_{name}"),
    )
    metric, means = text(f"stats.figure.{result.metric}"), analysis.means["value"]
    if analysis.difference is None:
        return text(
            "stats.report.plain_many",
            modalities=len(means),
            metric=metric,
            lowest=means.min(),
            highest=means.max(),
            p=p_text(analysis.p),
            verdict=verdict,
        )
    return text(
        "stats.report.plain_two",
        metric=metric,
        a=result.modalities[0],
        b=result.modalities[1],
        better=means[0],
        other=means[1],
        difference=analysis.difference,
        low=analysis.low,
        high=analysis.high,
        percent=100 * result.level,
        p=p_text(analysis.p),
        verdict=verdict,
    )


def mrmc_report(result: MRMC) -> str:
    """Return the whole analysis as text: readers, tests, variance components, and the plain sentence.

    Parameters
    ----------
    result : MRMC
        From :func:`xrlearn.stats.mrmc`.

    Examples
    --------
    >>> from xrlearn.stats import mrmc, roe_metz
    >>> print(mrmc_report(mrmc(roe_metz(readers=4, normal=30, diseased=30))).splitlines()[0])
    2 modalities, 4 readers, 60 cases (30 diseased, 30 normal); area under the curve, jackknife covariances
    """
    study = text(
        "stats.report.study",
        modalities=len(result.modalities),
        readers=len(result.readers),
        cases=result.cases,
        diseased=result.diseased,
        normal=result.cases - result.diseased,
        metric=text(f"stats.figure.{result.metric}"),
        covariance=text(f"stats.report.{result.covariance}"),
    )
    components = text("stats.report.components", lang=None, **result.components)
    return "\n\n".join([study, _readers(result), _analyses(result), components, plain_sentence(result)])


def any_design_report(result: AnyDesign) -> str:
    """Return the analysis of a study that is not fully crossed as text: readers, modalities, and their differences.

    Parameters
    ----------
    result : AnyDesign
        From :func:`xrlearn.stats.mrmc_any_design`.

    Examples
    --------
    >>> from xrlearn.stats import mrmc_any_design, roe_metz
    >>> study = roe_metz(readers=6, normal=40, diseased=40)
    >>> print(any_design_report(mrmc_any_design(study[study["case"] % 2 == study["reader"] % 2])).splitlines()[0])
    2 modalities, 6 readers, 80 cases (40 diseased, 40 normal); area under the curve, 480 ratings
    """
    percent = 100 * result.level
    study = text(
        "stats.report.any_study",
        modalities=len(result.means),
        readers=result.readers["reader"].nunique(),
        cases=result.cases,
        diseased=result.diseased,
        normal=result.cases - result.diseased,
        metric=text(f"stats.figure.{result.metric}"),
        ratings=result.ratings,
    )
    heads = [text(f"stats.{name}") for name in ("figure.reader", "figure.modality", "report.diseased", "report.normal")]
    rows = [[*heads, text(f"stats.figure.{result.metric}")]]
    for row in result.readers.itertuples():
        rows.append([str(row.reader), str(row.modality), str(row.diseased), str(row.normal), f"{row.value:.4f}"])
    lines = [
        text("stats.report.any_mean", name=m.modality, value=m.value, low=m.low, high=m.high, percent=percent)
        for m in result.means.itertuples()
    ]
    for pair in result.pairs.to_dict("records"):
        values = {str(name): value for name, value in pair.items()} | {"p": p_text(pair["p"])}
        lines.append(text("stats.report.any_pair", percent=percent, **values))
    return "\n\n".join([study, _grid(rows), "\n".join(lines)])
