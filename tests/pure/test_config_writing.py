"""The first configuration, as `dfwarm init` writes it."""

import re
from pathlib import Path

import pytest

from dfwarm.config.mistake import MistakesFound
from dfwarm.config.reading import parse_config, read_host_site
from dfwarm.config.values import AllStudies, Arrangement, Config, EvidenceConfig, MailConfig, NamedStudies
from dfwarm.config.writing import Found, FoundStudy, render_first_config, render_gate_config
from dfwarm.facts.site import Release, StopScope
from dfwarm.terms import Side

STUDIES = (
    FoundStudy(35, 'Acceptance "Test" \\\\ Study, /opt/studies/035', is_enabled=True),
    FoundStudy(36, "disabled: moved", is_enabled=False),
    FoundStudy(254, "x", is_enabled=True),
)
DECISIONS = {
    "activity": '"wait"',
    "hold": '"disable"',
    "release": '"5"',
    "stop": '"study"',
}


def found(side: Side, studies: tuple[FoundStudy, ...] = STUDIES, other_host: str = "other.example.org") -> Found:
    return Found("main", side, "/opt/dfdiscover", studies, other_host)


def decide(text: str, *keys: str) -> Config:
    for key in keys:
        text = re.sub(rf"^#({key} = )", r"\1", text, flags=re.MULTILINE)
    return parse_config(text.encode(), Path("dfwarm.toml"))


@pytest.mark.parametrize("side", Side)
def test_exactly_the_dangerous_choices_are_left_to_be_decided(side: Side) -> None:
    with pytest.raises(MistakesFound) as caught:
        parse_config(render_first_config(found(side)).encode(), Path("dfwarm.toml"))
    keys = {mistake.key for mistake in caught.value.mistakes}
    assert keys == {"pair.activity", "pair.hold", f"{side}.release", f"{side}.stop"}
    assert all("is missing" in mistake.message for mistake in caught.value.mistakes)


def test_the_other_host_stays_open_where_it_is_not_said() -> None:
    with pytest.raises(MistakesFound) as caught:
        decide(render_first_config(found(Side.STANDBY, other_host="")), *DECISIONS)
    assert [mistake.key for mistake in caught.value.mistakes] == ["production.host"]


@pytest.mark.parametrize(
    ("side", "arrangement"), [(Side.STANDBY, Arrangement.PULL), (Side.PRODUCTION, Arrangement.PUSH)]
)
def test_once_decided_the_file_is_in_order_with_the_enabled_studies(side: Side, arrangement: Arrangement) -> None:
    config = decide(render_first_config(found(side)), *DECISIONS)
    assert config.arrangement is arrangement
    assert config.pair.studies == NamedStudies((35, 254))


@pytest.mark.parametrize("studies", [(), STUDIES[1:2]])
def test_without_an_enabled_study_the_studies_stay_open(studies: tuple[FoundStudy, ...]) -> None:
    text = render_first_config(found(Side.STANDBY, studies))
    with pytest.raises(MistakesFound) as caught:
        decide(text, *DECISIONS)
    assert [mistake.key for mistake in caught.value.mistakes] == ["pair.studies"]
    assert decide(text.replace('#studies = ["035"]', 'studies = "all"'), *DECISIONS).pair.studies == AllStudies()


def test_every_line_behind_a_comment_sign_is_one_that_the_file_may_hold() -> None:
    text = re.sub(
        r"^#(\[(?:mail|alerts|scope|evidence)\])", r"\1", render_first_config(found(Side.STANDBY)), flags=re.MULTILINE
    )
    for other in (
        "password_credential",
        "webhook_credential",
        "ping_credential",
        "key_credential",
        "key_agent",
        "agent_socket",
    ):
        text = text.replace(f"#{other}", f"# {other}")
    config = decide(text, "[a-z_]+")
    assert isinstance(config.mail, MailConfig)
    assert config.scope.roots == ("STUDY_DIR", "PAGE_DIR")
    assert isinstance(config.evidence, EvidenceConfig)
    assert decide(render_first_config(found(Side.STANDBY)), *DECISIONS).transfer == config.transfer


def test_comments_are_short_lines() -> None:
    text = render_first_config(found(Side.STANDBY))
    assert [line for line in text.splitlines() if len(line) > 100] == []


def test_a_host_that_only_answers_gets_its_own_table_and_may_name_a_state_folder(tmp_path: Path) -> None:
    text = render_gate_config(found(Side.PRODUCTION))
    path = tmp_path / "dfwarm.toml"
    path.write_text(re.sub(r"^#(release|stop)", r"\1", text, flags=re.MULTILINE))
    site = read_host_site(path, Side.PRODUCTION)
    assert (site.datafax_dir, site.release, site.stop) == (b"/opt/dfdiscover", Release.DFDISCOVER_5, StopScope.STUDY)
    assert "[standby]" not in text
    assert site.state == ""
    path.write_text(re.sub(r"^#(release|stop|state)", r"\1", text, flags=re.MULTILINE))
    assert read_host_site(path, Side.PRODUCTION).state == "/var/lib/dfwarm"
