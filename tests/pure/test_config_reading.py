"""Reading the configuration: values, or every mistake at once with its place."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfwarm.config import values
from dfwarm.config.mistake import MistakesFound
from dfwarm.config.reading import config_digest, parse_config, read_config, read_host_site
from dfwarm.errors import ConfigInvalid
from dfwarm.facts.freeze import FreezeMode
from dfwarm.facts.site import CommandOverrides, HostSite, Release, ReportCommand, StopScope
from dfwarm.gate.site import read_site
from dfwarm.plan.freeze import FreezePlan
from dfwarm.plan.scope import built_in_policy
from dfwarm.plan.transport import TransportTerms
from dfwarm.terms import Side, StudyNumber

FILE = Path("dfwarm.toml")

PULL = """\
[pair]
name = "toronto"
state = "/var/lib/dfwarm"
rpo = "24h"
activity = "wait"
hold = "disable"
studies = ["035", "254"]
[production]
reach = "ssh"
host = "dfprod1"
user = "dfwarm"
identity_file = "/etc/dfwarm/pull_ed25519"
known_hosts = "/etc/dfwarm/known_hosts"
[standby]
reach = "local"
datafax_dir = "/opt/dfdiscover"
release = "5"
stop = "study"
"""

FULL = """\
#:schema ./dfwarm.schema.json
[pair]
name = "toronto"
state = "/var/lib/dfwarm"
rpo = "24h"
activity = "go-on"
wait_at_most = "45m"
hold = "none"
studies = "all"
[production]
reach = "local"
deadline = "1m"
datafax_dir = "/opt/production"
release = "2014"
stop = "study"
[standby]
reach = "local"
datafax_dir = "/opt/standby/"
release = "4"
stop = "server"
server_status = "lib/.serverstatus*"
users = ["DFusers", "{study}"]
vendor_reports = false
[standby.commands]
start = ["{datafax_dir}/bin/DFbootstrap"]
stop = ["stopall"]
enable = ["e"]
disable = ["d"]
query = ["q"]
[standby.reports]
DFstatus = ["DFstatus", "{study}"]
[transfer]
exclude = [{ path = "/lib/DFserver.cf", reason = "each host has its own" }, { path = "/work/core", reason = "a dump" }]
bandwidth = "10M"
io_timeout = "10m"
shrink_at_most = "5%"
delete_at_most = "0.5%"
[mail]
from = "dfwarm@example.org"
to = ["dm@example.org", "it@example.org"]
host = "mail.example.org"
port = 587
security = "starttls"
user = "dfwarm"
password_file = "/etc/dfwarm/mail.password"
ca_file = "/etc/dfwarm/ca.pem"
[schedule]
every = "daily"
zone = "America/Toronto"
"""


def mistakes_of(text: str) -> list[str]:
    with pytest.raises(MistakesFound) as caught:
        parse_config(text.encode(), FILE)
    assert caught.value.exit_code == 10
    assert str(caught.value).startswith("dfwarm.toml:")
    return [f"{found.place.line}:{found.place.column}: {found.key}: {found.message}" for found in caught.value.mistakes]


def hints_of(text: str) -> list[str]:
    with pytest.raises(MistakesFound) as caught:
        parse_config(text.encode(), FILE)
    return [found.hint for found in caught.value.mistakes]


def test_a_pull_configuration_becomes_frozen_values_with_the_defaults_filled_in() -> None:
    config = parse_config(PULL.encode(), FILE)
    assert config.arrangement is values.Arrangement.PULL
    assert config.pair == values.PairConfig(
        name="toronto",
        state=Path("/var/lib/dfwarm"),
        rpo_seconds=86_400,
        activity=values.ActivityPolicy.WAIT,
        wait_at_most_seconds=1800,
        studies=values.NamedStudies((35, 254)),
    )
    assert config.side(Side.PRODUCTION).reach == values.SshReach(
        "dfprod1", 22, "dfwarm", Path("/etc/dfwarm/pull_ed25519"), Path("/etc/dfwarm/known_hosts")
    )
    site = HostSite(Side.STANDBY, b"/opt/dfdiscover", Release.DFDISCOVER_5, StopScope.STUDY, state="/var/lib/dfwarm")
    assert config.side(Side.STANDBY) == values.SideConfig(Side.STANDBY, values.LocalReach(site), 120)
    assert config.transfer == values.TransferConfig(
        (values.Exclusion(b"/lib/DFserver.cf", "each host has its own"),), 0, 300, values.Share(1000), values.Share(200)
    )
    assert config.freeze == FreezePlan(FreezeMode.ACCESS, 300, 10, FreezeMode.STILL)
    assert config.mail == values.NoMail()
    assert config.schedule == values.ScheduleConfig("*-*-* 02:00:00", "UTC")


def test_every_key_of_the_file_reaches_its_value() -> None:
    config = parse_config(FULL.encode(), FILE)
    assert config.arrangement is values.Arrangement.LOCAL
    assert config.pair.studies == values.AllStudies()
    assert config.pair.wait_at_most_seconds == 2700
    assert config.production.deadline_seconds == 60
    assert config.standby.reach == values.LocalReach(
        HostSite(
            side=Side.STANDBY,
            datafax_dir=b"/opt/standby",
            release=Release.DATAFAX_4,
            stop=StopScope.SERVER,
            commands=CommandOverrides(("{datafax_dir}/bin/DFbootstrap",), ("stopall",), ("e",), ("d",), ("q",)),
            reports=(ReportCommand("DFstatus", ("DFstatus", "{study}")),),
            has_vendor_reports=False,
            users=("DFusers", "{study}"),
            server_status=b"lib/.serverstatus*",
            state="/var/lib/dfwarm",
        )
    )
    assert config.transfer.exclusions[1] == values.Exclusion(b"/work/core", "a dump")
    assert config.transfer.bandwidth_kib == 10_240
    assert config.transfer.delete_at_most == values.Share(50)
    assert config.mail == values.MailConfig(
        sender="dfwarm@example.org",
        recipients=("dm@example.org", "it@example.org"),
        host="mail.example.org",
        port=587,
        security=values.MailSecurity.STARTTLS,
        login=values.MailLogin("dfwarm", values.SecretFile(Path("/etc/dfwarm/mail.password"))),
        authorities=values.AuthorityFile(Path("/etc/dfwarm/ca.pem")),
    )
    assert config.schedule == values.ScheduleConfig("*-*-* 00:00:00", "America/Toronto")


def test_a_mail_server_may_take_letters_without_login_and_a_password_may_come_from_systemd() -> None:
    login = 'user = "dfwarm"\npassword_file = "/etc/dfwarm/mail.password"\nca_file = "/etc/dfwarm/ca.pem"\n'
    bare = parse_config(FULL.replace(login, "").encode(), FILE).mail
    assert isinstance(bare, values.MailConfig)
    assert (bare.login, bare.authorities) == (values.NoLogin(), values.SystemAuthorities())
    handed = FULL.replace('password_file = "/etc/dfwarm/mail.password"', 'password_credential = "dfwarm-mail"')
    mail = parse_config(handed.encode(), FILE).mail
    assert isinstance(mail, values.MailConfig)
    assert mail.login == values.MailLogin("dfwarm", values.SystemdCredential("dfwarm-mail"))


def test_production_here_and_the_standby_over_ssh_is_push() -> None:
    text = PULL.replace("[production]", "[x]").replace("[standby]", "[production]").replace("[x]", "[standby]")
    assert parse_config(text.encode(), FILE).arrangement is values.Arrangement.PUSH


def test_one_file_may_carry_the_keys_of_both_hosts() -> None:
    text = PULL.replace("[standby]", 'datafax_dir = "/opt/dfdiscover"\nrelease = "5"\nstop = "study"\n[standby]')
    assert parse_config(text.encode(), FILE).arrangement is values.Arrangement.PULL


def test_all_mistakes_come_at_once_each_with_its_line_and_column() -> None:
    text = """\
[pair]
name = "Toronto"
state = "relative"
rpo = "24"
wait_at_most = "30 m"
studies = [35, "254"]
holdd = "none"
[production]
reach = "ssh"
host = "-oProxy"
port = "22"
[standby]
reach = "lokal"
datafax_dir = "/opt/dfdiscover"
release = 5
stop = "servr"
reports = {"a b" = ["x"], DFstatus = "DFstatus"}
[transfer]
exclude = [{ path = "/ü", reason = " " }, 3]
"""
    assert mistakes_of(text) == [
        '1:1: pair.activity: is missing: decide for "wait", "skip" or "go-on"',
        '1:1: pair.hold: is missing: decide for "disable" or "none"',
        '2:1: pair.name: is not the name of a pair (got "Toronto")',
        '3:1: pair.state: is not an absolute path (got "relative")',
        '4:1: pair.rpo: is not a duration (got "24")',
        '5:1: pair.wait_at_most: is not a duration (got "30 m")',
        "6:12: pair.studies[0]: is a bare number (got 35)",
        "7:1: pair.holdd: is not a key of this file",
        '8:1: production.user: is missing, and reach = "ssh" needs it',
        '8:1: production.identity_file: is missing, and reach = "ssh" needs it',
        '8:1: production.known_hosts: is missing, and reach = "ssh" needs it',
        '10:1: production.host: is not a host name or address (got "-oProxy")',
        '11:1: production.port: is not a whole number (got "22")',
        '13:1: standby.reach: is not "ssh" or "local" (got "lokal")',
        "15:1: standby.release: is not a text (got 5)",
        '16:1: standby.stop: is not "study" or "server" (got "servr")',
        "17:12: standby.reports.'a b': is not the name of a report (got \"a b\")",
        '17:27: standby.reports.DFstatus: is not a list (got "DFstatus")',
        '19:27: transfer.exclude[0].reason: is no reason (got " ")',
        "19:43: transfer.exclude[1]: is not a table (got 3)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "key", "hint"),
    [
        ('hold = "disable"', 'holds = "disable"', "pair.holds", 'Did you mean "hold"?'),
        ("[standby]", "[stanby]", "stanby", 'Did you mean "standby"?'),
        ('rpo = "24h"', 'rpo = "24h"\nzzz = 1', "pair.zzz", "Known here are name, state"),
        ('stop = "study"', 'stop = "studdy"', "standby.stop", 'Did you mean "study"?'),
        ('"035"', "35", "pair.studies[0]", '"035"'),
        ('release = "5"', "release = 5", "standby.release", "in quotes"),
        ('activity = "wait"\n', "", "pair.activity", "There is no default"),
    ],
)
def test_a_mistake_says_the_way_out(old: str, new: str, key: str, hint: str) -> None:
    text = PULL.replace(old, new)
    keys = [line.split(": ")[1] for line in mistakes_of(text)]
    assert hint in hints_of(text)[keys.index(key)]


@pytest.mark.parametrize("key", ["activity", "hold", "reach", "stop", "release"])
def test_a_choice_that_can_hurt_has_no_default(key: str) -> None:
    without = "\n".join(line for line in PULL.splitlines() if not line.startswith(f"{key} ="))
    assert any(f".{key}: is missing" in line for line in mistakes_of(without))


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('studies = ["035", "254"]', "studies = []", "7:1: pair.studies: names no study (got [])"),
        ('["035", "254"]', '["035", "035"]', '7:1: pair.studies: names study 035 twice (got ["035", "035"])'),
        ('["035", "254"]', '"some"', '7:1: pair.studies: is neither "all" nor a list of studies (got "some")'),
        ('["035", "254"]', '["035", "all"]', '7:19: pair.studies[1]: is not a study number (got "all")'),
        ('["035", "254"]', "[true]", "7:12: pair.studies[0]: is not a text (got true)"),
        ('"/var/lib/dfwarm"', '"/opt/dfdiscover/w"', "3:1: pair.state: lies in, around or at standby's datafax_dir"),
        ('host = "dfprod1"', "host = {a = 1}", "10:1: production.host: is not a text (got a table)"),
    ],
)
def test_rules_of_single_tables(old: str, new: str, mistake: str) -> None:
    assert mistakes_of(PULL.replace(old, new)) == [mistake]


@pytest.mark.parametrize(
    ("port", "what"), [("0", "greater than or equal to 1"), ("65536", "less than or equal to 65535")]
)
def test_a_port_is_one_that_exists(port: str, what: str) -> None:
    (mistake,) = mistakes_of(PULL.replace('host = "dfprod1"', f'host = "dfprod1"\nport = {port}'))
    assert mistake == f"11:1: production.port: input should be {what} (got {port})"


def test_both_sides_over_ssh_are_refused_with_a_hint() -> None:
    text = PULL[: PULL.index("[standby]")]
    text += text[text.index("[production]") :].replace("[production]", "[standby]")
    assert mistakes_of(text) == [
        "9:1: production.reach: is ssh on both sides, but the controller stands on one of them",
    ]
    assert "pull" in hints_of(text)[0]


@pytest.mark.hazard("H04")
@pytest.mark.parametrize("folder", ["/opt/production", "/opt/production/standby", "/opt", "/opt/production/"])
def test_two_sides_on_one_host_never_share_a_folder(folder: str) -> None:
    found = mistakes_of(FULL.replace("/opt/standby/", folder))
    assert "18:1: standby.datafax_dir: lies in, around or at production's datafax_dir" in found


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('password_file = "/etc/dfwarm/mail.password"\n', "", "mail.user: has no password"),
        ('user = "dfwarm"\n', "", "mail.password_file: is a password without a user"),
        ('security = "starttls"', 'security = "none"', "mail.security: would send the password in clear text"),
        ("ca_file", 'password_credential = "x"\nca_file', "mail.password_credential: is a second source of the same"),
        ('to = ["dm@example.org", "it@example.org"]', "to = []", "mail.to: is empty (got [])"),
        ('user = "dfwarm"', 'user = " "', "mail.user: is not the name of an account"),
        ("port = 587", "", "mail.port: is missing"),
        ("/work/core", "/lib/DFserver.cf/", "transfer.exclude[1].path: is excluded twice"),
    ],
)
def test_rules_of_mail_and_transfer(old: str, new: str, mistake: str) -> None:
    assert any(mistake in line for line in mistakes_of(FULL.replace(old, new)))


FREEZE = """\
[freeze]
mode = "still"
budget = "30s"
drain = "5s"
fallback = "access"
tries = 3
staging = "/opt/studies/.dfwarm/"
"""


def with_freeze(text: str = FREEZE) -> str:
    return PULL.replace('hold = "disable"\n', "") + text


def test_a_freeze_of_its_own_replaces_the_older_hold_and_reaches_both_readers(tmp_path: Path) -> None:
    config = parse_config(with_freeze().encode(), FILE)
    assert config.freeze == FreezePlan(FreezeMode.STILL, 30, 5, FreezeMode.ACCESS, 3)
    path = tmp_path / "dfwarm.toml"
    path.write_text(with_freeze())
    for site in (read_site(path, Side.STANDBY), read_host_site(path, Side.STANDBY)):
        assert site.staging == "/opt/studies/.dfwarm"
    assert parse_config(PULL.replace("disable", "none").encode(), FILE).freeze.mode is FreezeMode.STILL


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PULL + '[freeze]\nmode = "access"\n', "pair.hold: is decided by freeze.mode already"),
        (with_freeze(FREEZE.replace('"still"', '"quiet"')), "freeze.mode: is not"),
    ],
)
def test_a_freeze_that_is_half_described_is_refused(text: str, says: str) -> None:
    assert any(says in line for line in mistakes_of(text)), mistakes_of(text)


def test_rules_between_keys_pass_over_values_of_another_type() -> None:
    text = "pair = 1\nproduction = 2\nmail = 3\n[standby]\nreach = 5\n[transfer]\nexclude = 3\n"
    keys = [line.split(": ")[1] for line in mistakes_of(text)]
    assert keys == ["pair", "production", "mail", "standby.reach", "transfer.exclude"]
    assert "transfer.exclude[0].path" in mistakes_of("[transfer]\nexclude = [{ path = 1 }]\n")[-1]


def test_missing_tables_are_named() -> None:
    assert [line.split(": ", 1)[1] for line in mistakes_of("")] == [
        "pair: is missing",
        "production: is missing",
        "standby: is missing",
    ]


def test_a_secret_in_the_file_is_refused_and_never_repeated() -> None:
    for line in ('password = "hunter2"', 'passwrd_file = "hunter2"', 'Secret = "hunter2"'):
        with pytest.raises(MistakesFound) as caught:
            parse_config(FULL.replace("port = 587", f"port = 587\n{line}").encode(), FILE)
        assert "hunter2" not in str(caught.value)
    with pytest.raises(MistakesFound) as caught:
        parse_config(FULL.replace("/etc/dfwarm/mail.password", "hunter2").encode(), FILE)
    assert "mail.password_file: is not an absolute path" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (b"[pair\n", "1:6"),
        (b'a = 1\nb = "x', "2:7"),
        (b"a = 1\na = 2\n", "2:6"),
        (b"[pair]\nstudies = [035]\n", "2:13"),
        (b"ok = 1\n\xc3\xa4 = \xff", "2:5"),
        (b"a = [1,\n\n", "1:8"),
        (b"a = " + b"[" * 50_000, "1:50005"),
        (b"a = 1" + b"0" * 5000, "1:5006"),
    ],
)
def test_a_syntax_mistake_has_its_place(source: bytes, place: str) -> None:
    with pytest.raises(MistakesFound) as caught:
        parse_config(source, FILE)
    (mistake,) = caught.value.mistakes
    assert f"{mistake.place.line}:{mistake.place.column}" == place
    assert str(caught.value).startswith(f"dfwarm.toml:{place}: is not ")


def test_a_bare_study_number_breaks_toml_and_the_hint_says_so() -> None:
    assert hints_of("[pair]\nstudies = [035]\n") == ['Write study numbers in quotes: "035".']


def test_a_long_wrong_value_is_shown_short() -> None:
    (mistake,) = mistakes_of(PULL.replace('"toronto"', f'"{"X" * 500}"'))
    assert mistake.endswith("XXX...)")
    assert len(mistake) < 150


@pytest.mark.hazard("H09")
def test_the_digest_is_that_of_the_bytes_that_were_read(tmp_path: Path) -> None:
    path = tmp_path / "dfwarm.toml"
    path.write_text(PULL)
    config = read_config(path)
    assert config.digest == config_digest(path)
    path.write_text(PULL.replace("24h", "12h"))
    assert config.digest != config_digest(path)
    assert config.pair.rpo_seconds == 86_400


@pytest.mark.hazard("H10")
def test_an_edited_exclusion_changes_the_digest() -> None:
    edited = FULL.replace("/work/core", "/work/cores")
    assert parse_config(FULL.encode(), FILE).digest != parse_config(edited.encode(), FILE).digest


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"no\.toml: cannot be read: No such file"):
        read_config(tmp_path / "no.toml")
    with pytest.raises(ConfigInvalid, match="cannot be read: Is a directory"):
        read_config(tmp_path)


def test_a_file_too_large_to_be_a_configuration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dfwarm.toml"
    path.write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(ConfigInvalid, match="larger than"):
        read_config(path)


# The gate's reader, on the standard library alone, against the controller's


def _both(tmp_path: Path, text: str, side: Side) -> tuple[HostSite | str, HostSite | str]:
    path = tmp_path / "dfwarm.toml"
    path.write_text(text)
    found: list[HostSite | str] = []
    for read in (read_site, read_host_site):
        try:
            found.append(read(path, side))
        except ConfigInvalid as error:
            found.append(str(error))
    return found[0], found[1]


@pytest.mark.parametrize("side", Side)
def test_the_gate_reads_its_side_as_the_controller_would(tmp_path: Path, side: Side) -> None:
    here, there = _both(tmp_path, FULL, side)
    assert isinstance(here, HostSite)
    assert here == there


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[mail]", "[mial]", "mial"),
        ("[standby]", "[standby]\nwho = 1", "standby.who"),
        ("query =", "ask =", "standby.commands.ask"),
        ('"/opt/standby/"', '"opt"', "standby.datafax_dir"),
        ('"/opt/standby/"', "3", "standby.datafax_dir"),
        ('datafax_dir = "/opt/standby/"\n', "", "standby.datafax_dir"),
        ('release = "4"', 'release = "6"', "standby.release"),
        ('stop = "server"', 'stop = "all"', "standby.stop"),
        ('"lib/.serverstatus*"', '"/lib"', "standby.server_status"),
        ('users = ["DFusers", "{study}"]', 'users = "DFusers"', "standby.users"),
        ('users = ["DFusers", "{study}"]', "users = [1]", "standby.users"),
        ('users = ["DFusers", "{study}"]', "users = []", "standby.users"),
        ("vendor_reports = false", "vendor_reports = 0", "standby.vendor_reports"),
        ('DFstatus = ["DFstatus", "{study}"]', "DFstatus = []", "standby.reports.DFstatus"),
        ('DFstatus = ["DFstatus", "{study}"]', '"../x" = ["DFstatus"]', "standby.reports."),
        ('[standby.reports]\nDFstatus = ["DFstatus", "{study}"]\n', "", ""),
        ('[standby.reports]\nDFstatus = ["DFstatus", "{study}"]\n', "[standby.x]\n", "standby.x"),
        ("[standby]", "[standby", ""),
        ('state = "/var/lib/dfwarm"', 'state = "here"', "pair.state"),
        ('state = "/var/lib/dfwarm"', "state = 3", "pair.state"),
        ('state = "/var/lib/dfwarm"', "", ""),
        ("[pair]", "[[pair]]", "pair"),
        ("[pair]", "[pai]", "pai"),
    ],
)
def test_the_gate_refuses_what_the_controller_refuses_and_names_file_and_key(
    tmp_path: Path, old: str, new: str, key: str
) -> None:
    here, there = _both(tmp_path, FULL.replace(old, new), Side.STANDBY)
    if isinstance(here, HostSite):
        assert here == there
        return
    assert f"{tmp_path}/dfwarm.toml: {key}" in here
    assert isinstance(there, str)
    assert key in there


def test_the_gate_needs_a_table_for_its_side_and_a_file(tmp_path: Path) -> None:
    path = tmp_path / "dfwarm.toml"
    path.write_text("[production]\n")
    with pytest.raises(ConfigInvalid, match="standby: the table is missing"):
        read_site(path, Side.STANDBY)
    path.write_text("standby = 1\n")
    with pytest.raises(ConfigInvalid, match="standby: is not a table"):
        read_site(path, Side.STANDBY)
    with pytest.raises(MistakesFound, match="standby: is not a table"):
        read_host_site(path, Side.STANDBY)
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        read_site(tmp_path / "no.toml", Side.STANDBY)


# Properties: any mutation of a valid file either reads or is refused with a place

LINES = FULL.splitlines()
JUNK = st.sampled_from(
    ["", '""', '" "', '"/"', "0", "-1", "true", "[]", "{}", '"x"', '["x"]', "1979-05-27", "nan", '"../a"', "[[1]]"]
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(["drop", "repeat", "value", "key", "noise", "swap"]))
        key, _, value = lines[place].partition(" = ")
        if how == "drop":
            del lines[place]
        elif how == "repeat":
            lines.insert(place, lines[place])
        elif how == "value" and value:
            lines[place] = f"{key} = {draw(JUNK)}"
        elif how == "key" and value:
            lines[place] = f"{draw(st.sampled_from(['x', key + 's', key[:-1] or 'y', 'reach']))} = {value}"
        elif how == "noise":
            at = draw(st.integers(0, len(lines[place])))
            lines[place] = lines[place][:at] + draw(st.text(max_size=2)) + lines[place][at:]
        else:
            other = draw(st.integers(0, len(lines) - 1))
            lines[place], lines[other] = lines[other], lines[place]
        if not lines:
            break
    return "\n".join(lines)


@pytest.mark.hazard("H04")
@settings(max_examples=150, deadline=None)
@given(mutated())
def test_any_mutation_reads_or_is_refused_with_a_place_inside_the_file(text: str) -> None:
    source = text.encode()
    try:
        config = parse_config(source, FILE)
    except MistakesFound as found:
        lines = source.decode("utf-8", "replace").split("\n")
        for mistake in found.mistakes:
            assert 1 <= mistake.place.line <= len(lines)
            assert 1 <= mistake.place.column <= len(lines[mistake.place.line - 1]) + 2
            assert mistake.message
    else:
        assert tomllib.loads(text)["pair"]["name"] == config.pair.name


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutated(), st.sampled_from(Side))
def test_what_the_controller_accepts_the_gate_reads_alike(tmp_path: Path, text: str, side: Side) -> None:
    path = tmp_path / "dfwarm.toml"
    path.write_bytes(text.encode())
    try:
        there = read_host_site(path, side)
    except ConfigInvalid:
        return
    assert read_site(path, side) == there


def scoped(text: str) -> str:
    return PULL + text


def test_a_scope_of_ones_own_replaces_the_built_in_one_rule_by_rule() -> None:
    assert parse_config(PULL.encode(), FILE).scope == built_in_policy()
    other = parse_config(
        scoped('[transfer]\nexclude = [{ path = "/work/core", reason = "a dump" }]\n').encode(), FILE
    ).scope
    assert (other.name, other.version) == ("unnamed", "0")
    own = parse_config(
        scoped(
            '[scope]\nname = "site"\nversion = "7"\nroots = ["STUDY_DIR", "PAGE_DIR"]\n'
            'replicate = [{ path = "/work", reason = "r" }]\nby_records = []\n'
        ).encode(),
        FILE,
    ).scope
    assert (own.name, own.version, own.roots) == ("site", "7", ("STUDY_DIR", "PAGE_DIR"))
    assert [rule.pattern for rule in own.rules] == [b"/lib/DFserver.cf", b"/work"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "a"\n', "scope.version: is missing"),
        ('name = " "\nversion = "1"\n', "scope.name: is blank"),
        ('name = "a"\nversion = "1"\nroots = ["PAGE_DIR"]\n', "scope.roots: lacks STUDY_DIR"),
        ('name = "a"\nversion = "1"\nroots = ["pages"]\n', "scope.roots[0]: is no directory key"),
        (
            'name = "a"\nversion = "1"\nreplicate = [{ path = "/w", reason = "r" }, { path = "/w/", reason = "r" }]\n',
            "scope.replicate[1].path: is named twice",
        ),
    ],
)
def test_a_scope_that_is_not_whole_is_refused(text: str, message: str) -> None:
    assert any(message in mistake for mistake in mistakes_of(scoped("[scope]\n" + text)))


def test_a_study_that_ended_is_none_that_is_named() -> None:
    text = PULL.replace('["035", "254"]', '["035", "254"]\nended = ["036"]')
    with pytest.raises(MistakesFound, match="named one by one"):
        parse_config(text.encode(), Path("dfwarm.toml"))
    chosen = parse_config(text.replace('["035", "254"]', '"all"').encode(), Path("dfwarm.toml")).pair.studies
    assert chosen == values.AllStudies((StudyNumber(36),))


def test_which_rsync_may_carry_a_study_is_read_or_refused() -> None:
    sha = "ab" * 32
    more = f'[transfer]\nrsync_floor = "3.2.7"\nrsync_builds = ["{sha}"]\nrsync_below = "fail"\n'
    config = parse_config((PULL + more).encode(), FILE)
    assert config.transfer.transport == TransportTerms((3, 2, 7), (sha,), is_refused=True)
    bad = PULL + '[transfer]\nrsync_floor = "3.5"\nrsync_builds = ["AB"]\nrsync_below = "never"\n'
    with pytest.raises(ConfigInvalid) as refused:
        parse_config(bad.encode(), FILE)
    assert all(each in str(refused.value) for each in ("rsync_floor", "rsync_builds", "rsync_below"))
