#!/usr/bin/env python3
"""Measures creates one by one against bulk creates.    usage: tests/bulk-creates/run.py FLOWRUN [ISSUES]

One by one: `flowrun run` of a `for_each` of creates, against the sandbox, whose answers take a tenth of a second and whose bucket lets so
many POST requests a second pass. In bulk: the sandbox serves no bulk creates, so each request for up to 50 issues is played: it takes one
token of such a bucket and a tenth of a second, and then the sandbox makes the issues one after the other, at full speed.

In the end the answer of the last bulk request is taken for lost: what it takes to look for its issues.

docs/decisions/0022-creates-go-one-by-one.md has what it gave.
"""

import http.client, json, os, re, subprocess, sys, tempfile, time

FLOWRUN, ISSUES = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100
BULK, LATENCY = 50, 0.1


class Sandbox:
    """A served sandbox in a directory of its own."""

    def __init__(self, seed, faults=""):
        self.folder = tempfile.TemporaryDirectory()
        self.environment = dict(os.environ, HOME=self.folder.name, XDG_STATE_HOME="", XDG_CONFIG_HOME="")
        for name, text in [("seed.yaml", seed), ("faults.yaml", faults)]:
            with open(os.path.join(self.folder.name, name), "w") as file:
                file.write(text)
        arguments = ["sandbox", "--listen", "127.0.0.1:0", "--seed", "seed.yaml"]
        arguments += ["--faults", "faults.yaml"] if faults else []
        self.process = subprocess.Popen(
            [FLOWRUN, *arguments], cwd=self.folder.name, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        while True:
            line = self.process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                self.url = found.group()
                break
            if not line:
                sys.exit("the sandbox does not start")

    def run(self, *arguments):
        """Runs flowrun; gives its exit code and all that it said."""
        done = subprocess.run([FLOWRUN, *arguments], cwd=self.folder.name, env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def end(self):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


def seed(rate):
    """The built-in world, with a bucket of this size that fills at this rate, or without one."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../activities/jira-sandbox/src/seed/built-in.yaml")) as file:
        text = file.read()
    return text if rate is None else text + f"\nlimits: {{ burst: {{ post: {rate}, size: {rate} }} }}\n"


def one_by_one(rate, parallel):
    """Seconds and requests of a run that creates the issues."""
    sandbox = Sandbox(seed(rate), f"faults:\n  - {{ operation: any, times: always, delay: {{ seconds: {LATENCY} }} }}\n")
    items = ", ".join(f"s{number}" for number in range(ISSUES))
    definition = f"""process: many
version: 1.0.0
inputs: {{ summaries: {{ type: array, items: {{ type: string }}, default: [{items}] }} }}
nodes:
  file:
    for_each: inputs.summaries
    max_parallel: {parallel}
    activity: jira.create_issue
    with: {{ project: OPS, issue_type: Task, summary: "${{{{ item }}}}" }}
"""
    with open(os.path.join(sandbox.folder.name, "many.yaml"), "w") as file:
        file.write(definition)
    begun = time.monotonic()
    code, said = sandbox.run("run", "many.yaml", f"--sandbox={sandbox.url}", "-vv")
    took = time.monotonic() - begun
    requests = len(re.findall(r'operation="', said))
    limited = len(re.findall(r"rate limit reached", said))
    sandbox.end()
    if code != 0:
        sys.exit(f"the run ended with {code}:\n{said[-2000:]}")
    return took, requests, limited


def in_bulk(rate):
    """Seconds and requests of bulk creates, each of up to 50 issues."""
    sandbox = Sandbox(seed(None))
    connection, token, base = access(sandbox)
    tokens, filled, requests = float(rate), time.monotonic(), 0
    begun = filled
    for first in range(0, ISSUES, BULK):
        while True:
            now = time.monotonic()
            tokens, filled = min(rate, tokens + (now - filled) * rate), now
            if tokens >= 1:
                break
            time.sleep((1 - tokens) / rate)
        tokens, requests = tokens - 1, requests + 1
        time.sleep(LATENCY)
        for number in range(first, min(first + BULK, ISSUES)):
            fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": f"s{number}"}
            connection.request("POST", base + "/rest/api/3/issue", json.dumps({"fields": fields}),
                               {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 201:
                sys.exit(f"the sandbox answers with {answer.status}: {body[:300]}")
    took = time.monotonic() - begun
    look = look_for_the_last(connection, base, token)
    sandbox.end()
    return took, requests, look


def look_for_the_last(connection, base, token):
    """Milliseconds, requests and issues read of a look for the issues of the last bulk request."""
    lost = min(BULK, ISSUES)
    after = 5 + ISSUES - lost  # The built-in project has five issues.
    keys = [f"OPS-{number}" for number in range(after + 1, after + lost + 21)]
    begun = time.monotonic()
    connection.request("POST", base + "/rest/api/3/issue/bulkfetch",
                       json.dumps({"issueIdsOrKeys": keys, "fields": ["creator", "summary"], "properties": ["flowrun"]}),
                       {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    found = json.loads(connection.getresponse().read())["issues"]
    return 1000 * (time.monotonic() - begun), 1, len(found)


def access(sandbox):
    """A connection to the sandbox, a bearer for it, and where its API begins."""
    host = sandbox.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    connection.request("GET", "/_sandbox/description")
    described = json.loads(connection.getresponse().read())
    base = described["gateway_url"].removeprefix(sandbox.url) + "/ex/jira/" + described["cloud_id"]
    return connection, described["users"][0]["bearer_token"], base


print(f"{ISSUES} issues; each request takes {LATENCY} s; bulk requests have up to {BULK}")
for rate in [100, 10, 1]:
    for parallel in [1, 8]:
        took, requests, limited = one_by_one(rate, parallel)
        print(f"bucket {rate:3}/s, one by one, {parallel} at a time: {took:6.1f} s, {requests} requests, {limited} limited")
    took, requests, (look, looks, found) = in_bulk(rate)
    print(f"bucket {rate:3}/s, in bulk:               {took:6.1f} s, {requests} requests; "
          f"a lost answer leaves {found} in doubt: {looks} request of {1 + found} points, {look:.0f} ms")
