"""People for schemathesis: who calls, with which token, and which ids they have heard of.

Every call is somebody's of one role, from an address of their own, so that the bounds on callers are met now and then and not
always. Ids that answers have named are used in the calls that follow: made-up ones would be refused at the first look.
"""

import atexit
import json
import os
import random
import threading
import urllib.error
import urllib.request

import schemathesis

URL = os.environ["BEDSIDE_URL"]
ROLE = os.environ["BEDSIDE_ROLE"]
ACCOUNTS = os.environ["BEDSIDE_ACCOUNTS"]
# People of a role. Each may call twenty times a second.
PEOPLE = 6
# Of a hundred ids, those that are replaced by one that is known.
KNOWN_PERCENT = 80
KEPT = 40

lock = threading.Lock()
known: dict[str, list[str]] = {}
statuses: dict[int, int] = {}
succeeded: set[str] = set()
asked: set[str] = set()


def ask(path, body, token=None, address="10.0.0.1"):
    headers = {"content-type": "application/json", "x-forwarded-for": address}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data=data, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def passwords():
    with open(ACCOUNTS, encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip()]
    return {one: two for one, two in zip(lines, lines[1:]) if "@" in one and " " not in one}


def sign_in(email, password, number):
    address = f"10.1.{number // 250}.{number % 250 + 1}"
    return ask("/v1/auth/login", {"email": email, "password": password}, address=address)["access_token"]


def tokens():
    """Access tokens of the people of the role, each with what they sign in by; none when nobody is signed in."""
    if ROLE == "nobody":
        return []
    accounts = passwords()
    admin = sign_in("admin@demo.invalid", accounts["admin@demo.invalid"], 0)
    first = {
        "admin": ["admin@demo.invalid"],
        "patient": ["patient@demo.invalid", "second.patient@demo.invalid"],
        "clinician": ["clinician@demo.invalid", "second.clinician@demo.invalid"],
        "interpreter": ["interpreter@demo.invalid"],
    }[ROLE]
    found = []
    for number, email in enumerate(first):
        known_as = (email, accounts[email], number + 1)
        found.append((sign_in(*known_as), known_as))
    for number in range(len(found), PEOPLE):
        email, password = f"{ROLE}.{number}@fuzz.invalid", f"a fictional sentence of {number}"
        person = {
            "display_name": f"Fictional {ROLE} {number}",
            "email": email,
            "password": password,
            "role": ROLE,
            "time_zone": "Europe/Berlin",
        }
        try:
            ask("/v1/people", person, admin)
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise
        known_as = (email, password, number + 10)
        found.append((sign_in(*known_as), known_as))
    return found


PEOPLE_IN = dict(tokens())


def learn(value):
    if isinstance(value, dict):
        for name, it in value.items():
            if isinstance(it, str) and name.endswith("_id"):
                ids = known.setdefault(name, [])
                if it not in ids:
                    ids.append(it)
                    del ids[:-KEPT]
            learn(it)
    elif isinstance(value, list):
        for it in value:
            learn(it)


# A field whose ids go by another name.
ALIKE = {
    "patient_id": "person_id",
    "clinician_id": "person_id",
    "practitioner_id": "person_id",
    "interpreter_id": "person_id",
    "moves": "appointment_id",
}


def replaced(name, value):
    if not isinstance(value, str):
        return value
    ids = known.get(name) or known.get(ALIKE.get(name, ""))
    if ids and random.randrange(100) < KNOWN_PERCENT:
        return random.choice(ids)
    return value


def with_known(value):
    if isinstance(value, dict):
        return {
            name: replaced(name, it) if name.endswith("_id") or name in ALIKE else with_known(it)
            for name, it in value.items()
        }
    if isinstance(value, list):
        return [with_known(it) for it in value]
    return value


@schemathesis.hook
def before_call(context, case, kwargs):
    with lock:
        case.headers = case.headers or {}
        case.headers["X-Forwarded-For"] = f"10.{random.randrange(2, 250)}.{random.randrange(250)}.7"
        token = random.choice(list(PEOPLE_IN)) if PEOPLE_IN else None
        # One in twenty comes with what it was given, or with nothing.
        if token and random.randrange(20):
            case.headers["Authorization"] = f"Bearer {token}"
        if isinstance(case.path_parameters, dict):
            case.path_parameters = with_known(case.path_parameters)
        if isinstance(case.body, (dict, list)):
            case.body = with_known(case.body)


def comes_again(token):
    """Somebody ended a sign-in, as they may: its owner signs in again."""
    with lock:
        known_as = PEOPLE_IN.pop(token, None)
    if known_as:
        signed = sign_in(*known_as)
        with lock:
            PEOPLE_IN[signed] = known_as


@schemathesis.hook
def after_call(context, case, response):
    name = case.operation.label
    with lock:
        statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
        asked.add(name)
        if response.status_code < 300:
            succeeded.add(name)
    try:
        value = json.loads(response.content)
    except (ValueError, UnicodeDecodeError):
        return
    if response.status_code == 401 and isinstance(value, dict) and value.get("code") == "session_ended":
        comes_again((response.request.headers.get("Authorization") or "").removeprefix("Bearer "))
    with lock:
        learn(value)


@atexit.register
def report():
    """How far it came: a run whose calls are all refused at the door has looked at nothing."""
    with open(os.environ["BEDSIDE_REPORT"], "a", encoding="utf-8") as file:
        counts = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
        print(f"{ROLE}: {len(succeeded)} of {len(asked)} operations done at least once; {counts}", file=file)
