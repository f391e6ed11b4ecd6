"""Plots as text: the right marks at the right places, in both languages."""

import time
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrlearn import locale
from xrlearn.labs.parts import Curves, line_plot, people
from xrlearn.labs.parts.figure import ticks


def points(svg):
    line = next(node for node in ElementTree.fromstring(svg).iter() if node.tag == "polyline")
    return [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]


def test_values_stand_where_the_axes_say():
    svg = line_plot({"roc": ([0, 0.5, 1], [0, 1, 1])}, x="x", y="y", x_range=(0, 1), y_range=(0, 1), size=(574, 380))
    assert points(svg) == [(58, 334), (308, 34), (558, 34)]


def test_names_are_escaped_and_not_finite_points_left_out():
    svg = line_plot({"a < 'b'": ([0, 1, 2], [1, float("nan"), 3])}, x="<x>", y="&")
    assert len(points(svg)) == 2
    assert ElementTree.fromstring(svg).get("aria-label") == "&, <x>: a < 'b'"


@pytest.mark.parametrize("values", [[], [0.5], [3, 3, 3]])
def test_few_and_equal_values_are_drawn_all_the_same(values):
    ElementTree.fromstring(line_plot({"loss": (range(len(values)), values)}, x="epoch", y="loss"))


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_inside_even_and_neither_few_nor_many(low, width):
    marks = ticks(low, low + width)
    assert 2 <= len(marks) <= 12
    assert all(low - 1e-6 * width <= mark <= low + width * (1 + 1e-6) for mark in marks)
    steps = [b - a for a, b in pairwise(marks)]
    assert max(steps) - min(steps) <= 1e-6 * width


def test_people_are_counted_and_described():
    svg = people(7, caption='7 of 100 "films"')
    figure = ElementTree.fromstring(svg)
    paths = [node.get("class") for node in figure.iter("path")]
    assert (paths.count("yes"), paths.count("no")) == (7, 93)
    assert figure[0].get("aria-label") == '7 of 100 "films"'
    with pytest.raises(ValueError, match="101 of 100"):
        people(101, caption="")


def test_curves_grow_and_change_language():
    curves = Curves({"train": "parts.viewer.window"}, x="parts.viewer.pan", y="parts.viewer.angle")
    for epoch in range(40):
        curves.add(epoch, train=1 / (epoch + 1))
    curves.relabel()
    assert len(points(curves.value)) == 40
    locale.use("zh")
    curves.relabel()
    assert "窗宽窗位" in curves.value
    assert "移动" in curves.value
    curves.clear()
    assert points(curves.value) == []


def test_a_thousand_points_are_drawn_well_within_fifty_milliseconds():
    line = (range(1000), [1 / (i + 1) for i in range(1000)])
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        line_plot({"a": line, "b": line}, x="x", y="y")
        best = min(best, time.perf_counter() - began)
    assert best < 0.05


def test_nothing_is_drawn_beyond_the_axes():
    svg = ElementTree.fromstring(line_plot({"loss": ([0, 1, 2], [0.5, -3, 9])}, x="x", y="y", y_range=(0, 1)))
    frame = svg.find("svg")
    inside = {node.tag for node in frame.iter()} - {"svg"}
    assert inside == {"polyline"}  # the frame cuts it off; axes and legend stand outside
    top, height = float(frame.get("y")), float(frame.get("height"))
    axis = next(node for node in svg.iter("path") if node.get("class") == "axis" and "H" in node.get("d"))
    assert top + height - float(axis.get("d").split("V")[1].split("H")[0]) <= 2
