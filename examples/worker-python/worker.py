# A worker in Python: offers charge-card to workflows, with the standard library alone.
# capstan dev, and from here: python3 worker.py; a cluster: CAPSTAN_SERVER=https://... CAPSTAN_API_KEY=capk_...
import json, os, threading, time, urllib.error, urllib.request

SERVER = os.environ.get("CAPSTAN_SERVER", "http://127.0.0.1:7480")
HEADERS = {"Content-Type": "application/json"}
if "CAPSTAN_API_KEY" in os.environ:
    HEADERS["Authorization"] = "Bearer " + os.environ["CAPSTAN_API_KEY"]


def charge_card(arguments, task):
    if arguments["amount"] > 1000:
        raise ValueError("more than the card allows")
    return {"charged": arguments["amount"], "by": "python", "key": task["idempotencyKey"]}


FUNCTIONS = {"charge-card": charge_card}


def post(path, body):
    """The answer, or None; what may be asked again is asked again, which is what makes it safe to change coordinators."""
    while True:
        request = urllib.request.Request(SERVER + path, json.dumps(body).encode(), HEADERS)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as refused:
            if refused.code not in (429, 503):
                raise
        except OSError:
            pass
        time.sleep(0.5)


def heartbeat(task, done):
    while not done.wait(task["leaseMs"] / 3000):
        try:
            post(f"/v1/work/{task['id']}/heartbeat", {"token": task["token"]})
        except urllib.error.HTTPError:
            return  # It is not ours any more.


def run(task):
    done = threading.Event()
    threading.Thread(target=heartbeat, args=(task, done), daemon=True).start()
    try:
        deed, said = "complete", {"output": FUNCTIONS[task["function"]](task["arguments"], task)}
    except Exception as error:
        deed, said = "fail", {"error": {"type": "https://example.com/errors/card", "status": 402, "detail": str(error)}}
    done.set()
    try:
        post(f"/v1/work/{task['id']}/{deed}", {"token": task["token"], **said})
    except urllib.error.HTTPError as refused:
        print(f"{task['id']}: {refused.code}, somebody else has it")


while True:
    for task in post("/v1/work?wait=20s", {"worker": "python", "functions": list(FUNCTIONS)})["tasks"]:
        run(task)
