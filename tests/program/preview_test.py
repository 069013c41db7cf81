"""`wakestream preview` and `record`: what rules would emit, from every source, and nothing moves."""

import json
import os
import stat
import subprocess
import unittest

from pipeline import BINARY, RULES, ProgramTest, wait_until

# The rules of the repository with one type gone, one new, and one with another field.
OTHER = (RULES.read_text()
         .replace("CREATE VIEW customer.tier_changed AS", "CREATE VIEW customer.tier_moved AS")
         .replace("old.email AS previous_email, new.email", "new.email"))
OTHER = OTHER.replace("COMMENT ON COLUMN customer.email_changed.previous_email IS 'pii: user.contact.email';", "")


class PreviewTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.born_and_stopped()  # the slot is there, and confirmed up to here
        for number in range(3):
            account = self.database.new_account(f"{number}@example.com")
        self.database.do(f"UPDATE graph.account SET email = 'b@example.com', version = 2 WHERE account_id = '{account}'",
                         f"UPDATE graph.account SET tier = 'gold', version = 3 WHERE account_id = '{account}'")
        self.slot_before = self.database.slot("confirmed_flush_lsn")

    def tearDown(self):
        self.assertEqual(self.database.slot("confirmed_flush_lsn"), self.slot_before, "the pipeline's slot moved")
        self.assertEqual(self.database.value("SELECT count(*) FROM pg_replication_slots"), 1)

    def preview(self, *words, expect=0):
        done = self.command("preview", *words)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout.splitlines()

    def record(self, *words):
        file = self.place / "changes.rec"
        done = self.command("record", str(file), "--from", "slot", "--until-idle", "2", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return file

    def test_a_recording_gives_the_same_events_as_the_slot_and_only_its_owner_may_read_it(self):
        of_slot = self.preview("--from", "slot", "--until-idle", "2")
        self.assertEqual([json.loads(line)["type"] for line in of_slot],
                         ["customer.created"] * 3 + ["customer.email_changed", "customer.tier_changed"])
        file = self.record()
        self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        self.assertEqual(self.preview("--from", str(file)), of_slot)
        again = self.command("record", str(file), "--from", "slot", "--until-idle", "2")
        self.assertEqual(again.returncode, 1)
        self.assertIn("is there already", again.stderr)

    def test_rules_in_yaml_give_the_same_events_and_ids(self):
        file = self.record()
        shown = self.command("rules", "show", "--as", "yaml", str(RULES))
        self.assertEqual(shown.returncode, 0, shown.stderr)
        (self.place / "rules.yaml").write_text(shown.stdout)
        # Neither a configuration nor a database is needed for this.
        nowhere = self.place / "nowhere.yaml"
        of_yaml = self.command("preview", "--from", str(file), "--rules", str(self.place / "rules.yaml"), config=nowhere)
        of_sql = self.command("preview", "--from", str(file), "--rules", str(RULES), config=nowhere)
        self.assertEqual(of_yaml.returncode, 0, of_yaml.stderr)
        self.assertEqual(len(of_yaml.stdout.splitlines()), 5)
        self.assertEqual(of_yaml.stdout, of_sql.stdout)

    def test_a_recording_holds_whole_transactions_however_it_ends(self):
        whole = self.record().read_bytes()
        (self.place / "changes.rec").unlink()
        small = self.record("--bytes-max", str(len(whole) - 100))
        self.assertLess(small.stat().st_size, len(whole))
        lines = self.preview("--from", str(small))
        self.assertIn(len(lines), (3, 4))
        cut = self.place / "cut.rec"
        cut.write_bytes(whole[:-40])
        done = self.command("preview", "--from", str(cut))
        self.assertEqual(done.returncode, 0)
        self.assertIn("cut short", done.stderr)
        broken = bytearray(whole)
        broken[len(whole) // 2] ^= 1
        cut.write_bytes(bytes(broken))
        done = self.command("preview", "--from", str(cut))
        self.assertEqual(done.returncode, 1)
        self.assertIn("checksum is wrong", done.stderr)
        cut.write_bytes(b"pipeline: x\n" * 20)
        self.assertIn("this is no recording", self.command("preview", "--from", str(cut)).stderr)

    def test_the_difference_between_two_sets_of_rules(self):
        other = str(self.rules(OTHER))
        line, = self.preview("--from", "slot", "--until-idle", "2", "--rules", other, "--diff", "--json", expect=3)
        found = json.loads(line)
        self.assertEqual(found["rows"], 5)
        self.assertEqual({name: {key: count for key, count in counts.items() if count}
                          for name, counts in found["types"].items() if any(counts.values())},
                         {"customer.created": {"same": 3}, "customer.email_changed": {"change": 1},
                          "customer.tier_changed": {"vanish": 1}, "customer.tier_moved": {"appear": 1}})
        changed, = [example for example in found["examples"] if example["what"] == "changes"]
        self.assertIn("previous_email", changed["before"])
        self.assertNotIn("previous_email", changed["after"])
        text = "\n".join(self.preview("--from", "slot", "--until-idle", "2", "--rules", other, "--diff", expect=3))
        self.assertRegex(text, r"customer\.tier_moved +0 +1 +0 +0")
        self.assertIn("customer.email_changed changes: account", text)
        self.preview("--from", "slot", "--until-idle", "2", "--rules", str(RULES), "--diff")
        self.assertEqual(self.command("preview", "--diff").returncode, 2)

    def test_a_difference_says_when_the_running_capture_holds_other_rules_than_the_files(self):
        own = self.rules(RULES.read_text())
        config = self.configure("own.yaml", rules=own)
        diff = ("preview", "--from", "slot", "--until-idle", "1", "--rules", str(self.place / "new.sql"), "--diff", "--json")
        (self.place / "new.sql").write_text(OTHER)
        done = self.command(*diff, config=config)
        self.assertEqual(json.loads(done.stdout)["rules_in_force"]["are"], "those of the files")
        self.assertNotIn("rules_in_force", done.stderr)
        own.write_text(OTHER)
        done = self.command(*diff, config=config)
        self.assertEqual(done.returncode, 0, "the files hold these very rules")
        self.assertEqual(json.loads(done.stdout)["rules_in_force"]["are"], "others")
        self.assertIn("the pipeline runs with others", done.stderr)
        self.assertIn("wakestream rules reload", done.stderr)
        (self.place / "log").rename(self.place / "gone")
        self.assertIn("nothing was captured yet", self.command(*diff, config=config).stderr)
        (self.place / "gone").rename(self.place / "log")

    def test_errors_say_what_to_do(self):
        elsewhere = self.configure("elsewhere.yaml", url="postgresql://wakestream@127.0.0.1:1/postgres")
        unmade = self.configure("unmade.yaml", source=["slot_name: unmade"])
        unpublished = self.configure("unpublished.yaml", source=["publication: nothing"])
        self.assertIn("wakestream check", self.complaint("preview", config=elsewhere, expect=75))
        self.assertIn("wakestream check", self.complaint("record", str(self.place / "x.rec"), config=elsewhere, expect=75))
        self.assertIn("take --from now", self.complaint("preview", "--from", "slot", config=unmade))
        self.assertIn("take --from now", self.complaint("record", str(self.place / "x.rec"), "--from", "slot", config=unmade))
        self.assertIn("Create the publication", self.complaint("preview", config=unpublished))
        self.assertIn("name a file in a folder", self.complaint("record", str(self.place / "no/x.rec"), "--from", "slot"))
        self.assertIn("name a recording, now, slot or snapshot", self.complaint("preview", "--from", "nowhere.rec"))

    def complaint(self, *words, config=None, expect=1):
        done = self.command(*words, config=config)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stderr

    def test_rules_that_do_not_fit_the_tables_are_refused_with_their_place(self):
        other = self.rules(RULES.read_text().replace("new.email,", "new.e_mail AS email,", 1))
        done = self.command("preview", "--from", "slot", "--until-idle", "2", "--rules", str(other))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"rules\.sql:\d+:\d+: .*has no column e_mail")

    def test_watching_shows_the_first_mistake_under_its_line_and_then_the_result(self):
        file = self.record()
        rules = self.rules(RULES.read_text().replace("old.tier <> new.tier", "old.tier <> nev.tier"))
        with open(self.place / "out", "w") as out, open(self.place / "err", "w") as err:
            process = subprocess.Popen([str(BINARY), "preview", "--from", str(file), "--rules", str(rules), "--watch"],
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.addCleanup(process.kill)
        said = lambda name: (self.place / name).read_text()
        wait_until("the mistake is shown", lambda: "waiting for the rules" in said("err"))
        line = next(at for at, text in enumerate(said("err").splitlines()) if "nev.tier" in text and " | " in text)
        shown = said("err").splitlines()
        self.assertEqual(shown[line + 1].index("^"), shown[line].index("nev.tier"))
        self.assertRegex(said("err"), r"rules\.sql:\d+:\d+: ")
        self.assertEqual(said("out"), "")
        rules.write_text(RULES.read_text())
        wait_until("the result is shown", lambda: len(said("out").splitlines()) == 5)
        process.terminate()
        self.assertEqual(process.wait(20), 0)

    def test_past_events_beside_the_rules_of_today(self):
        lines = self.preview("--from", "log", "--rules", str(self.rules(OTHER.replace("new.tier, new.created_at", "new.created_at", 1))))
        self.assertRegex("\n".join(lines), r"customer\.created +1 events, .*now: without tier")
        self.assertRegex("\n".join(lines), r"customer\.tier_moved +0 events; a rule has this type now")
        self.assertEqual(self.command("preview", "--from", "log", "--diff", "--rules", str(RULES)).returncode, 2)


class LivePreviewTest(ProgramTest):
    def test_changes_from_this_moment_on(self):
        with open(self.place / "out", "w") as out, open(self.place / "err", "w") as err:
            process = subprocess.Popen([str(BINARY), "preview", "-c", str(self.config), "--limit", "1"],
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.addCleanup(process.kill)
        wait_until("it previews", lambda: "previewing" in (self.place / "err").read_text())
        account = self.database.new_account("live@example.com")
        self.assertEqual(process.wait(20), 0)
        event, = [json.loads(line) for line in (self.place / "out").read_text().splitlines()]
        self.assertEqual((event["subject"], event["type"]), (account, "customer.created"))
        wait_until("its slot is gone", lambda: self.database.value("SELECT count(*) FROM pg_replication_slots") == 0)

    def test_rules_in_yaml_run(self):
        (self.place / "rules.yaml").write_text(
            "rules:\n"
            "  - event: customer.email_changed\n"
            "    table: graph.account\n"
            "    key: account_id\n"
            "    watch: email\n"
            "    fields: [version, banner, jurisdiction, consent, {column: old.email, as: previous_email}, email]\n")
        config = self.configure(rules=self.place / "rules.yaml")
        program = self.start_streaming(config)
        account = self.database.new_account("a@example.com")
        self.database.do(f"UPDATE graph.account SET version = 2 WHERE account_id = '{account}'",
                         f"UPDATE graph.account SET email = NULL, version = 3 WHERE account_id = '{account}'")
        self.database.wait_until_confirmed(program)
        event, = self.tail(config=config)
        self.assertEqual((event["key"], event["headers"]["ce_type"]), (account, "customer.email_changed"))
        self.assertEqual([event["value"][name] for name in ("version", "previous_email", "email")], [3, "a@example.com", None])


class PreviewOfASnapshot(ProgramTest):
    """The rows that are there, without a slot and without the log."""

    def setUp(self):
        super().setUp()
        self.database.do("GRANT USAGE ON SCHEMA graph TO wakestream", "GRANT SELECT ON graph.account TO wakestream")
        head = "new.account_id, new.version, new.banner, new.jurisdiction, new.consent"
        self.listed = f"CREATE VIEW customer.listed AS SELECT {head}, new.email FROM graph.account WHERE op = 'SNAPSHOT';\n"
        self.config = self.configure(rules=self.rules(self.listed))
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) SELECT 'banner-' || i % 2, 'DE', '{}', "
                         "'e' || i || '@x', 1 FROM generate_series(1, 3000) i")

    def tearDown(self):
        self.assertEqual(self.database.value("SELECT count(*) FROM pg_replication_slots"), 0)
        self.assertFalse((self.place / "log").exists(), "the log was touched")

    def preview(self, *words, code=0):
        done = self.command("preview", "--from", "snapshot", *words)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def events(self, *words):
        return [json.loads(line) for line in self.preview(*words).stdout.splitlines()]

    def test_each_row_is_one_event_in_the_order_of_the_key(self):
        events = self.events()
        subjects = [event["subject"] for event in events]
        self.assertEqual(subjects, self.database.value("SELECT array_agg(account_id::text ORDER BY account_id) FROM graph.account"))
        self.assertEqual({event["type"] for event in events}, {"customer.listed"})
        ids = [event["id"] for event in events]
        self.assertEqual(ids, sorted(set(ids)))

    def test_a_part_of_the_rows(self):
        self.assertEqual(len(self.events("--limit", "7")), 7)
        chosen = self.events("--table", "graph.account", "--where", "banner = 'banner-1'")
        self.assertEqual((len(chosen), {event["data"]["banner"] for event in chosen}), (1500, {"banner-1"}))
        self.assertIn("does not exist", self.preview("--table", "graph.account", "--where", "baner = 'x'", code=1).stderr)
        self.assertIn("the rows of one table", self.preview("--where", "true", code=1).stderr)
        self.assertIn("choose rows of --from snapshot", self.command("preview", "--table", "graph.account").stderr)

    def test_two_sets_of_rules_on_them(self):
        other = self.place / "other.sql"
        other.write_text(self.listed.replace("op = 'SNAPSHOT'", "op = 'SNAPSHOT' AND new.banner = 'banner-1'"))
        done = self.preview("--rules", str(other), "--diff", "--json", code=3)
        self.assertEqual(json.loads(done.stdout)["types"]["customer.listed"] | {"same": 1500, "vanish": 1500},
                         json.loads(done.stdout)["types"]["customer.listed"])

    def test_what_stands_against_it_is_said(self):
        self.database.do("REVOKE SELECT ON graph.account FROM wakestream")
        self.assertIn("GRANT SELECT ON graph.account", self.preview(code=1).stderr)
        other = self.place / "other.sql"
        other.write_text(self.listed.replace("op = 'SNAPSHOT'", "op = 'INSERT'"))
        self.assertIn("no rule makes an event of a SNAPSHOT row", self.preview("--rules", str(other), code=1).stderr)


if __name__ == "__main__":
    unittest.main()
