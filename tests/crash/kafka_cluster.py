"""Three brokers that are one cluster, every topic on all of them: one may be away, and what two acknowledged stays."""

from concurrent.futures import ThreadPoolExecutor

from parts import REPOSITORY, PartFailed, free_port, run

CLUSTER_ID = "wakestreamTestCluster0"  # 16 bytes in base64
COPIES = ("default.replication.factor=3", "min.insync.replicas=2", "offsets.topic.replication.factor=3",
          "transaction.state.log.replication.factor=3", "transaction.state.log.min.isr=2",
          # On a machine that is busy three brokers lose sight of each other sooner than one of itself.
          "broker.session.timeout.ms=6000", "broker.heartbeat.interval.ms=1000", "replica.lag.time.max.ms=6000",
          "controller.quorum.election.timeout.ms=2000", "controller.quorum.fetch.timeout.ms=4000")


class KafkaCluster:
    def __init__(self, folder, first_port):
        self.folder = folder
        self.ports = []
        for number in range(3):
            self.ports.append(free_port(first_port + 40 * number, first_port + 40 * number + 38))
        self.brokers = ",".join(f"127.0.0.1:{port}" for port in self.ports)

    def start(self):
        with ThreadPoolExecutor(3) as pool:  # none is ready before two are there
            list(pool.map(self.start_one, range(3)))

    def start_one(self, number):
        voters = ",".join(f"{at + 1}@127.0.0.1:{port + 1}" for at, port in enumerate(self.ports))
        settings = (f"node.id={number + 1}", f"controller.quorum.voters={voters}", *COPIES)
        try:
            run(REPOSITORY / "scripts/kafka", "start", "--dir", self._folder_of(number), "--port", self.ports[number],
                "--cluster-id", CLUSTER_ID, *(word for setting in settings for word in ("-c", setting)))
        except PartFailed as failure:
            last = (self._folder_of(number) / "kafka.log").read_text(errors="replace").splitlines()[-5:]
            raise PartFailed(f"{failure}; it said: {' | '.join(last)}") from None

    def stop_one(self, number, kill=False):
        run(REPOSITORY / "scripts/kafka", "stop", "--dir", self._folder_of(number), *(["--kill"] if kill else []))

    def stop(self):
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda number: self.stop_one(number, kill=True), range(3)))

    def _folder_of(self, number):
        return self.folder / f"broker{number + 1}"
