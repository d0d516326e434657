"""The table about alerts that go beyond mail. Their addresses hold tokens, so they stand in files or credentials."""

from pydantic import Field

from dfwarm.config import kinds
from dfwarm.config.kinds import absent
from dfwarm.config.table import Table


class AlertsTable(Table):
    """Whom dfwarm tells beside the mail. Without this table nobody."""

    webhook_file: kinds.AbsolutePath = absent(
        "", "A file with the webhook's address in its first line, which its owner alone may read: it holds a token."
    )
    webhook_credential: kinds.CredentialName = absent(
        "", "The name of a systemd credential with the webhook's address, instead of `webhook_file`."
    )
    chat: bool = Field(
        default=False,
        description='Whether the webhook is that of a chat, which takes {"text": ...}. False posts pair, subject, '
        "text, time and identity.",
    )
    ping_file: kinds.AbsolutePath = absent(
        "", "A file with the address of a dead-man's switch. It is asked for only after a proven cycle."
    )
    ping_credential: kinds.CredentialName = absent(
        "", "The name of a systemd credential with that address, instead of `ping_file`."
    )
    metrics: kinds.AbsolutePath = absent(
        "", "Where figures for Prometheus go, as a file of node_exporter's textfile collector: `.../dfwarm.prom`."
    )
    answer_within: kinds.Duration = Field(
        default="10s", description="How long the end of a run waits for them. What was not taken is sent later."
    )
    acknowledge_within: kinds.Duration = Field(
        default="3d", description="How long an alert test waits for a person before it is escalated."
    )
    escalate_to: list[kinds.MailAddress] = Field(
        default=[], description="Who gets the mail when nobody acknowledged a test. Empty: those of `[mail]`."
    )
