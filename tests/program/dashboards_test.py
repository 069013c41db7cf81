"""The dashboard and the alert rules: what they name exists in the metrics of a running program."""

import json
import re
import subprocess
import unittest

from pipeline import REPOSITORY, MonitoredTest

PROMTOOL = REPOSITORY / ".cache/promtool"
DASHBOARDS = REPOSITORY / "dashboards"
NAME = re.compile(r"\bwakestream_[a-z_]+\b")


def dashboard():
    return json.loads((DASHBOARDS / "wakestream.json").read_text())


def expressions_of_dashboard():
    found = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    return found + [variable["query"]["query"] for variable in dashboard()["templating"]["list"] if variable["type"] == "query"]


def expressions_of_alerts():
    # promtool has read the file: here its expressions are lines of text.
    text = re.sub(r"^\s*#.*$", "", (DASHBOARDS / "alerts.yaml").read_text(), flags=re.MULTILINE)
    return re.findall(r"expr: (?:>-\n)?((?:.+\n?)+?)(?=\s+(?:for|labels):)", text)


class RulesTest(unittest.TestCase):
    def promtool(self, *words):
        done = subprocess.run([PROMTOOL, *words], cwd=DASHBOARDS, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_promtool_accepts_the_alert_rules(self):
        self.assertIn("SUCCESS", self.promtool("check", "rules", "alerts.yaml"))

    def test_each_alert_fires_when_it_should_and_not_otherwise(self):
        self.promtool("test", "rules", "alerts_test.yaml")

    def test_every_alert_is_tried_and_the_page_says_what_to_do_about_it(self):
        alerts = re.findall(r"alert: (\w+)", (DASHBOARDS / "alerts.yaml").read_text())
        tried = (DASHBOARDS / "alerts_test.yaml").read_text()
        page = (REPOSITORY / "docs/monitoring.md").read_text()
        self.assertGreater(len(alerts), 8)
        self.assertEqual(sorted(alerts), sorted(re.findall(r"^\| `(Wakestream\w+)` \|", page, re.MULTILINE)))
        for alert in alerts:
            self.assertRegex(tried, rf"alertname: {alert}\b")

    def test_panels_do_not_overlap(self):
        taken = {}
        for panel in dashboard()["panels"]:
            place = panel["gridPos"]
            for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])):
                self.assertNotIn(cell, taken, panel["title"])
                taken[cell] = panel["title"]


class NamesTest(MonitoredTest):
    def test_every_metric_that_they_name_exists(self):
        self.start_streaming()
        # By samples, and by the help of those that have none here: nobody is delivered to.
        served = set(re.findall(r"^(?:# HELP )?(wakestream_[a-z_]+)[{ ]", self.get("/metrics")[1], re.MULTILINE))
        for what, expressions in (("dashboard", expressions_of_dashboard()), ("alerts", expressions_of_alerts())):
            named = set(NAME.findall(" ".join(expressions)))
            self.assertGreater(len(named), 8, what)
            self.assertEqual(named - served, set(), what)

    def test_every_expression_of_the_dashboard_can_be_parsed(self):
        rules = {"groups": [{"name": "dashboard", "rules": [
            {"record": f"panel:{number}", "expr": expression.replace("$pipeline", "shop")}
            for number, expression in enumerate(expressions_of_dashboard()) if not expression.startswith("label_values")]}]}
        path = self.place / "rules.json"  # JSON is YAML
        path.write_text(json.dumps(rules))
        done = subprocess.run([PROMTOOL, "check", "rules", path], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
