#!/usr/bin/env python3
"""Kills among four processes on one state directory.    usage: tests/shared/kills.py FLOWRUN KILLS [SEED]

Four processes drive runs at the same time, against a served sandbox; at random moments one of them is killed, most often the one that has
the store, or stopped for a moment (SIGSTOP, SIGTSTP), or its run is taken over by another (`--take-over`). A run whose process was killed is
resumed by another. Where flowrun asks what became of an effect, the sandbox's effect log is looked at and answered from. In the end every
effect of every run must have been done exactly once, and every run be listed as completed. A kill counts when it hit a process whose run
was kept and had not ended.
"""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

PROCESSES = 4
DEFINITION = pathlib.Path(__file__).parent.parent.joinpath("crash/intake.yaml").resolve()
# A process that waits for one that is stopped gives up after two seconds: stops are shorter.
LONGEST_STOP = 0.4


class Place:
    """A state directory, and a sandbox."""

    def __init__(self, flowrun, folder):
        self.flowrun = flowrun
        self.folder = folder
        self.environment = dict(os.environ, HOME=folder, FLOWRUN_STATE_DIR=folder + "/state")
        command = [flowrun, "sandbox", "--listen", "127.0.0.1:0", "-o", "json"]
        self.sandbox = subprocess.Popen(command, stdout=subprocess.PIPE, env=self.environment, text=True)
        self.url = json.loads(self.sandbox.stdout.readline())["site_url"]

    def start(self, *arguments):
        log = open(self.folder + "/log", "a", encoding="utf-8")
        return subprocess.Popen(
            [self.flowrun, *arguments], env=self.environment, stdout=subprocess.DEVNULL, stderr=log
        )

    def run(self, *arguments):
        return subprocess.run([self.flowrun, *arguments], env=self.environment, capture_output=True, text=True)

    def effects(self):
        return json.loads(self.run("sandbox", "effects", "-o", "json").stdout)["effects"]

    def times(self, summary):
        return sum(f'"{summary}"' in json.dumps(effect) for effect in self.effects())

    def holder(self):
        """The number of the process that has the store."""
        try:
            return json.loads(pathlib.Path(self.folder, "state/processes/holder").read_text())["pid"]
        except (OSError, ValueError):
            return None

    def status(self, mark):
        shown = self.run("runs", "show", mark, "-o", "json")
        if shown.returncode == 2:
            return None
        if shown.returncode != 0:
            sys.exit(f"shared: {mark} cannot be shown: {shown.stderr}")
        return json.loads(shown.stdout)["run"]["status"]


class Slot:
    """One of the processes, which drives one run after another."""

    def __init__(self, place, number):
        self.place, self.number, self.count = place, number, 0
        self.done, self.resumed, self.decisions = [], 0, 0
        self.begin()

    def begin(self):
        self.count += 1
        self.resumed_mark = 0
        self.mark = f"mark-{self.number}-{self.count}"
        self.go("run", str(DEFINITION), f"--sandbox={self.place.url}", "-i", f"mark={self.mark}", "--id", self.mark)

    def go(self, *arguments):
        self.process = self.place.start(*arguments, "-q")

    def step(self, is_ending):
        """Goes on once the process has ended; whether there is nothing more to do."""
        code = self.process.poll()
        if code is None:
            return False
        if code == 0:
            if not self.done or self.done[-1] != self.mark:
                self.done.append(self.mark)
            if is_ending:
                return True
            self.begin()
        elif code == -signal.SIGKILL:
            if self.place.status(self.mark) is None:
                if self.place.times(self.mark + "-bug"):
                    sys.exit(f"shared: {self.mark} has an effect and is not kept")
                self.begin()
            else:
                self.resumed += 1
                self.resumed_mark += 1
                self.go("runs", "resume", self.mark)
        elif code == 7:
            self.decide()
        else:
            log = pathlib.Path(self.place.folder, "log").read_text(encoding="utf-8")[-3000:]
            sys.exit(f"shared: {self.mark} ended with {code}: {log}")
        return False

    def decide(self):
        shown = json.loads(self.place.run("runs", "show", self.mark, "-o", "json").stdout)["run"]
        doubtful = [node for node, view in shown["nodes"].items() if view["status"] == "needs_decision"]
        if not doubtful:
            self.go("runs", "resume", self.mark)
            return
        self.decisions += 1
        summary = f"{self.mark}-{'bug' if doubtful[0] == 'file' else 'task'}"
        made = [effect for effect in self.place.effects() if f'"{summary}"' in json.dumps(effect)]
        said = ["--happened", made[0]["issue"]] if made else ["--did-not"]
        self.go("runs", "decide", self.mark, doubtful[0], *said)


def stop(process, how):
    """It may give the store up first, and it may end meanwhile. Before it listens to SIGTSTP the system may pass over that."""
    until, again = time.monotonic() + 20, 0
    while process.poll() is None:
        if time.monotonic() > again:
            process.send_signal(how)
            again = time.monotonic() + 2
        state = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        if state == "T":
            return
        if time.monotonic() > until:
            sys.exit(f"shared: process {process.pid} does not stop")
        time.sleep(0.002)


def strike(place, slots, chance, counts):
    """Kills or stops one of the processes."""
    slot = chance.choice(slots)
    holder = place.holder()
    held = [other for other in slots if other.process.pid == holder and other.process.poll() is None]
    if held and chance.random() < 0.6:
        slot = held[0]
    # Whoever begins anew waits anew, until a lost request cannot land any more.
    if slot.process.poll() is not None or slot.resumed_mark > 3:
        return
    kind = chance.choices(["kill", "stop", "leave", "take"], [8, 1, 1, 2])[0]
    if kind == "take":
        if place.status(slot.mark) not in (None, "completed"):
            taken = slot.process
            slot.go("runs", "resume", slot.mark, "--take-over=" + chance.choice(["0s", "60s"]))
            taken.wait(timeout=100)
            counts["take"] += 1
        return
    if kind != "kill":
        stop(slot.process, signal.SIGSTOP if kind == "stop" else signal.SIGTSTP)
        time.sleep(chance.random() * LONGEST_STOP)
        slot.process.send_signal(signal.SIGCONT)
        counts[kind] += 1
        return
    was_holder = slot.process.pid == place.holder()
    slot.process.kill()
    slot.process.wait()
    if place.status(slot.mark) not in (None, "completed"):
        counts["hit"] += 1
        counts["holder"] += was_holder
    else:
        counts["missed"] += 1


def main():
    flowrun, kills = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    print(f"shared: {kills} kills among {PROCESSES} processes, seed {seed}", flush=True)
    chance = random.Random(seed)
    counts = {"hit": 0, "missed": 0, "holder": 0, "stop": 0, "leave": 0, "take": 0}
    with tempfile.TemporaryDirectory() as folder:
        place = Place(flowrun, folder)
        slots = []
        try:
            slots += [Slot(place, number) for number in range(PROCESSES)]
            while counts["hit"] < kills:
                if counts["missed"] > 20 * kills + 100:
                    sys.exit(f"shared: only {counts['hit']} kills hit a run on its way")
                time.sleep(chance.random() * 0.15)
                strike(place, slots, chance, counts)
                for slot in slots:
                    slot.step(False)
            open_slots = slots
            until = time.monotonic() + 400
            while open_slots:
                if time.monotonic() > until:
                    sys.exit("shared: these do not end:\n" + "\n".join(told(place, slot) for slot in open_slots))
                time.sleep(0.01)
                open_slots = [slot for slot in open_slots if not slot.step(True)]
            report(place, slots, counts)
        finally:
            for process in [slot.process for slot in slots] + [place.sandbox]:
                process.kill()
                process.wait()


def told(place, slot):
    """Where a process that does not end is, and its run."""
    state = subprocess.run(["ps", "-o", "pid,stat,wchan:30,args", "-p", str(slot.process.pid)], capture_output=True, text=True)
    return state.stdout + place.run("runs", "show", slot.mark, "--events").stdout


def report(place, slots, counts):
    effects = [json.dumps(effect) for effect in place.effects()]
    marks = [mark for slot in slots for mark in slot.done]
    wanted = [f'"{mark}-{end}"' for mark in marks for end in ("bug", "task")]
    times = {summary: sum(summary in effect for effect in effects) for summary in wanted}
    lost = [summary for summary, count in times.items() if count == 0]
    doubled = [summary for summary, count in times.items() if count > 1]
    completed, before = set(), []
    while before is not None:
        page = json.loads(place.run("runs", "list", "--limit", "500", *before, "-o", "json").stdout)
        completed |= {run["key"] for run in page["runs"] if run["status"] == "completed"}
        before = ["--before", page["next"]] if page.get("next") else None
    missing = sorted(set(marks) - completed)
    print(
        f"shared: {counts['hit']} kills hit a run on its way, {counts['holder']} of them whoever had the store;"
        f" {counts['missed']} hit none; {counts['stop']} SIGSTOP, {counts['leave']} SIGTSTP, {counts['take']} taken over"
    )
    print(
        f"shared: {len(marks)} runs, {sum(slot.resumed for slot in slots)} times resumed,"
        f" {sum(slot.decisions for slot in slots)} decisions; effects: {len(wanted)}, {len(lost)} lost, {len(doubled)} doubled"
    )
    if lost or doubled or missing:
        sys.exit(f"shared: lost {lost}, doubled {doubled}, not listed as completed {missing}")


main()
