"""From the mail table to the way that letters take. The password is read when a letter is sent, and kept nowhere."""

from collections.abc import Mapping
from functools import partial

from dfwarm.config.secret import read_secret
from dfwarm.config.values import AuthorityFile, MailConfig, MailLogin, NoMail
from dfwarm.equipment.mail import Login, NoLogin, Protection, Route
from dfwarm.equipment.postman import NoRoute


def mail_route(mail: MailConfig | NoMail, environment: Mapping[str, str]) -> Route | NoRoute:
    """The way that letters take; `environment` is where systemd names its credentials."""
    if isinstance(mail, NoMail):
        return NoRoute()
    return Route(
        host=mail.host,
        port=mail.port,
        protection=Protection(mail.security.value),
        sender=mail.sender,
        recipients=mail.recipients,
        login=_login(mail, environment),
        authorities=(mail.authorities.path,) if isinstance(mail.authorities, AuthorityFile) else (),
    )


def _login(mail: MailConfig, environment: Mapping[str, str]) -> Login | NoLogin:
    if not isinstance(mail.login, MailLogin):
        return NoLogin()
    return Login(mail.login.user, partial(read_secret, mail.login.password, environment))
