"""docs/errors.md holds every message that the program can stop or wait with; and every message of the configuration is golden."""
import re
import unittest

from source_messages import REPOSITORY, fixed_parts, messages_of

# Whose messages an operator reads.
SOURCES = ["app/audit", "roles/capture", "roles/publish", "roles/reading", "roles/deliver", "log/embedded", "log/kafka", "cdc/session", "cdc/snapshot", "cdc/stream", "cdc/pgoutput", "keys", "yaml", "app/config_loader.cc", "app/deliver_plan.cc", "app/policy_plan.cc", "app/publish_plan.cc",
           "app/stop_signal.cc", "app/give_command.cc", "app/checkpoint/pipeline_access.cc",
           "app/checkpoint/checkpoint_command.cc"]
# What is in these files and no message: names of fields and types, pages, SQL.
NOT_MESSAGES = {
    "app/audit/disclosure_text.cc": None,  # the answer
    "app/audit/audit_command.cc": {"nothing was disclosed, and nothing withheld, since then"},
    "roles/deliver/attempt_judge.cc": {"other than consent"},
    "roles/deliver/command.cc": {"an array of letters", "done, going on or refused", "the consumer's state"},
    "roles/deliver/log_replay_record.cc": {"an array of offsets", "as long as end"},
    "roles/deliver/lane_tables.cc": None,  # SQL
    "roles/deliver/progress.cc": {"an array of distances", 'an array of distances below "read"'},
    "roles/deliver/receipt.cc": {"a known one", "an array of objects"},
    "roles/capture/transitions.cc": None,  # docs/capture.md, with a test of its own
    "roles/capture/checkpoint.cc": {"a known step", "an object or null", "{} pid {} since {}"},
    "roles/capture/json_record.cc": {"a number as text", "an array of strings"},
    "roles/capture/machine.cc": {" (at {})"},
    "app/checkpoint/checkpoint_command.cc": {"checkpoint set --lsn "},
    "roles/capture/log_worker.cc": {"the end of topic ", " was not reached in time"},  # one message, put together
    "log/embedded/consumer_groups.cc": None,  # SQL
    "roles/capture/snapshot_record.cc": {"an array of tables", "a key of texts", "true or false"},
    "cdc/snapshot/chunk_sql.cc": {"COPY (SELECT {} FROM {}{}.{}", " ORDER BY {} LIMIT {}", ") TO STDOUT", "{} {} {}", "{}{} {} {}"},
    "cdc/snapshot/reading_session.cc": {"SET row_security = off; SET lock_timeout = '3s'; SET default_transaction_read_only = on"},
    "log/embedded/writer_lock.cc": {"{} (pid {})\n"},
    "log/embedded/topic_registry.cc": {"DROP VIEW records; CREATE VIEW records (topic, partition, offset, timestamp_ms, key, value, headers) AS",
                                       "{} SELECT '{}', {}, offset, timestamp_ms, key, value, headers FROM {}"},
    "keys/folder_store.cc": {"chmod 600 '{}'"},
    "keys/key.cc": {"wakestream key id", "the system gives no random numbers"},
    "log/kafka/topic_admin.cc": {"topic {}: {}"},
    # What PostgreSQL and libpq say, to know their errors by.
    "cdc/session/server_error.cc": {"has already been removed", "was not created in this database", "does not exist",
                                    "must be superuser or replication role", "not permitted to log in",
                                    "number of requested standby connections exceeds", "invalid connection option", "cannot read"},
    "cdc/session/peer_certificate.cc": None,  # `check` asks, and has words of its own
    "cdc/session/replication_session.cc": {"START_REPLICATION SLOT {} LOGICAL {} (proto_version '1', publication_names {}{})", ", messages 'true'"},
    "cdc/session/slot_creation.cc": {"(SNAPSHOT '{}', FAILOVER true)"},
    "cdc/stream/transaction_stream.cc": {"the old row of an update"},
}


def operators_messages():
    for message, file in messages_of(*SOURCES).items():
        known = NOT_MESSAGES.get(file, set())
        if known is not None and message not in known:
            yield message, file


def in_quotes(text):
    """Commands in backticks, which on the page stand inside of backticks."""
    return re.sub(r"`(wakestream [a-z ]+)`", r"“\1”", text)


def holds(lines, message):
    """Is there a line in which the fixed parts stand in their order?"""
    parts = [part.strip() for part in fixed_parts(in_quotes(message.strip()))]
    pattern = re.compile(".*?".join(re.escape(part) for part in parts if part))
    return any(pattern.search(line) for line in lines)


class CatalogueTest(unittest.TestCase):
    def setUp(self):
        self.page = (REPOSITORY / "docs/errors.md").read_text()

    def test_every_message_has_its_place(self):
        messages = list(operators_messages())
        self.assertGreater(len(messages), 150)
        lines = self.page.splitlines() + [" ".join(self.page.splitlines()[at:at + 2]) for at in range(self.page.count("\n"))]
        missing = [f"{file}: {message}" for message, file in messages if not holds(lines, message)]
        self.assertEqual(missing, [], "add what they mean, and what to do, to docs/errors.md")

    def test_every_message_on_the_page_is_said_somewhere(self):
        source = "\n".join(path.read_text() for folder in ("roles", "log", "cdc", "context", "keys", "yaml", "app", "mapping")
                           for path in (REPOSITORY / folder).rglob("*.cc"))
        source = re.sub(r'"\s*\n?\s*"', "", source).replace('\\"', '"').replace("{{", "{").replace("}}", "}")
        source = in_quotes(source)
        gone = []
        for quoted in re.findall(r"`([^`\n]*)`", self.page):
            for part in re.split(r"…|<[^>]*>", quoted):
                part = part.strip(" ,.:;()")
                if part.count(" ") >= 3 and part not in source and not re.match(r"(SELECT|wakestream|host=)", part):
                    gone.append(part)
        self.assertEqual(gone, [], "no source says this any more: mend docs/errors.md")

    def test_every_event_word_of_a_wait_is_on_the_page(self):
        words = set()
        for path in (REPOSITORY / "roles/capture").glob("*.cc"):
            text = path.read_text()
            words |= set(re.findall(r'Level::(?:info|warning|error),\s*"([a-z_]+)"', text))
        self.assertGreater(len(words), 12)
        plain = {"streaming", "starting", "refused"}
        self.assertEqual({word for word in words - plain if f"`{word}`" not in self.page}, set())


class ConfigurationTest(unittest.TestCase):
    def test_every_error_of_the_configuration_is_golden(self):
        golden = (REPOSITORY / "tests/unit/app/config_errors.golden").read_text().splitlines()
        elsewhere = {"the file cannot be read; name another with --config"}  # config_loader_test.cc
        missing = [message for message in messages_of("yaml", "app/config_loader.cc", "app/consumers_section.cc", "app/publish_section.cc") if message not in elsewhere and not holds(golden, message)]
        self.assertEqual(missing, [], "add a case to tests/unit/app/config_errors.golden")


if __name__ == "__main__":
    unittest.main()
