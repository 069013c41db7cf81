"""The other instance of a chaos run: it delivers shares of the consumer beside the one that is killed, and has fates of its own."""

import signal

from chaos_plan import DIES, FREEZES, FREEZES_BEFORE_SENDING, STOPS
from parts import PartFailed, Program


class SecondInstance:
    def __init__(self, binary, config, log_path):
        self.program = Program(binary, config, log_path)
        self.program.words = ["--role", "deliver"]
        self._may_have_ended = True  # it was not started yet

    def begin_round(self, fate, hit):
        """`hit`: before how many-th sending it freezes."""
        self.recover()
        if fate == DIES:
            self.program.kill()
        elif fate == STOPS:
            self.program.stop(60)
        elif fate == FREEZES:
            self.program.signal(signal.SIGSTOP)
        elif fate == FREEZES_BEFORE_SENDING:
            self.program.kill()
            self.program.start(f"deliver_send_before:{hit}:stop")
        self._may_have_ended = fate in (DIES, STOPS)

    def recover(self):
        code = self.program.exit_code()
        if code is None and self.program.process:
            self.program.signal(signal.SIGCONT)
        elif self._may_have_ended:
            given = len(self.program.said("share_given"))
            self.program.start()
            self._may_have_ended = False
            # A signal that comes before it has begun finds nobody who would end in good order.
            self.program.wait_for_event("share_given", 60, count=given + 1)
        else:
            raise PartFailed(f"the second instance ended with {code} by itself: {self.program.last_words()}")

    def stop(self):
        self.recover()
        self.program.stop(60)

    def kill(self):
        self.program.kill()
