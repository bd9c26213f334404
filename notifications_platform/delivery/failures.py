"""How staff are told that a message failed for good, and what helps. Pure."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications_platform.delivery.states import Reason

_SEND_AGAIN = _("Send it again.")
_CORRECT = _("Correct the address and send it again.")

# What happened; of EXPIRED more is said where it is known.
WORDS: Mapping[Reason, Promise] = {
    Reason.UNKNOWN: _("Not delivered: it failed for a reason the provider did not name."),
    Reason.NOT_IDENTIFIED: _("Nothing was sent: no address is on file for the recipient."),
    Reason.RESERVED: _("Nothing was sent: the person is reserved against electronic messages."),
    Reason.INVALID_ADDRESS: _("Not sent: the address was refused as malformed."),
    Reason.SUPPRESSED: _("Not delivered: the address is barred, or on a suppression list."),
    Reason.BOUNCED: _("Not delivered: the address does not exist, or nothing reaches it."),
    Reason.SPAM: _("Not delivered: it was filtered as spam."),
    Reason.QUARANTINED: _("Not delivered: the receiver's side has put it aside."),
    Reason.REJECTED: _("Not delivered: the operator or the receiver rejected it."),
    Reason.OPERATOR_EXPIRED: _("Not delivered: its validity ran out at the operator."),
    Reason.OPERATOR_DELETED: _("Not delivered: it was deleted at the operator."),
    Reason.CONTENT_REFUSED: _("Not delivered: its content was refused."),
    Reason.EXPIRED: _("Not delivered before it expired."),
    Reason.GAVE_UP: _("Not delivered: every attempt of its retry schedule has failed."),
    Reason.WITHDRAWN: _("Nothing was sent: its cause was withdrawn first."),
}
# What staff can do about it.
STEPS: Mapping[Reason, Promise] = {
    Reason.UNKNOWN: _SEND_AGAIN,
    Reason.NOT_IDENTIFIED: _("Find out an address: correct it and send."),
    Reason.RESERVED: _("The recipient has to be reached in another way."),
    Reason.INVALID_ADDRESS: _CORRECT,
    Reason.SUPPRESSED: _("Use another address, or have the provider lift the bar."),
    Reason.BOUNCED: _CORRECT,
    Reason.SPAM: _("Use another address; the sender may have to change the text."),
    Reason.QUARANTINED: _("The recipient can have it released there."),
    Reason.REJECTED: _("Check the address and send it again."),
    Reason.OPERATOR_EXPIRED: _SEND_AGAIN,
    Reason.OPERATOR_DELETED: _SEND_AGAIN,
    Reason.CONTENT_REFUSED: _("The sender has to change the text and order it again."),
    Reason.EXPIRED: _SEND_AGAIN,
    Reason.GAVE_UP: _SEND_AGAIN,
}
# Of a webhook call there is no address to correct.
STEP_OF_A_CALL = _("It is repeated by the system it belongs to, not here.")
