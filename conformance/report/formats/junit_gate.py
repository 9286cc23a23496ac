"""Generates the suite `gate` of `junit.xml`: the decision of the gate, and a case for each stale waiver."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from conformance.acceptance import Gated
from conformance.report.gate_words import gate_lines, gate_sentence, waiver_words
from conformance.report.safe_text import for_xml, one_line


def gate_suite(gated: Gated) -> ET.Element:
    """Return a JUnit suite with the decision of a gate and the stale waivers.

    The JUnit case `decision` is a failure if the gate fails. The JUnit case of a stale waiver is a failure if the
    waiver makes the gate fail; otherwise the case is skipped.
    """
    suite = ET.Element("testsuite", {"name": "gate", "errors": "0", "time": "0"})
    said = gate_sentence(gated)
    decision = _case(suite, "decision")
    if not gated.passes and not gated.informs:
        failure = ET.SubElement(decision, "failure", {"message": one_line(said, 800), "type": "gate"})
        failure.text = for_xml("\n".join(f"{word}: {one_line(line, 400)}" for word, line in gate_lines(gated, 50)))
    ET.SubElement(decision, "system-out").text = for_xml(said)
    for waiver in gated.acceptance.stale:
        kind = "failure" if waiver in gated.failing_waivers else "skipped"
        message = f"stale: nothing needs this waiver any more ({waiver.place}): {waiver_words(waiver)}"
        ET.SubElement(
            _case(suite, f"waiver {waiver.subject}"), kind, {"message": one_line(message, 800), "type": "stale"}
        )
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    return suite


def _case(suite: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", {"classname": "gate", "name": one_line(name, 300), "time": "0"})
