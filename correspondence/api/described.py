"""What the served schema says of the routes: one decorator for each view."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from correspondence.api import answer_shapes as answers
from correspondence.requests import shapes
from notifications_platform.http.problem_shapes import problems

View = TypeVar("View", bound=Callable[..., Any])
_NO_LETTER = "1001: no such correspondence, or not for this caller."
_NO_ATTACHMENT = "2001: no such attachment of this caller."
_RULES = (
    "A rule is broken: `errorCode` is its number; or the shape is wrong, and `errors` names"
    " each place."
)
_ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)
_AID = OpenApiParameter("aid", OpenApiTypes.UUID, OpenApiParameter.PATH)
_BYTES = OpenApiResponse(OpenApiTypes.BINARY, "The bytes.")


def _row(  # noqa: PLR0913 each says one thing about the route
    name: str,
    summary: str,
    answer: OpenApiResponse,
    refusals: Iterable[int],
    *,
    description: str = "",
    request: Any = None,
    parameters: Iterable[OpenApiParameter] = (),
    media_type: str = "application/json",
    not_found: str = _NO_LETTER,
) -> Callable[[View], View]:
    statuses = sorted({401, 403, 406, 503, *refusals})
    said = {400: _RULES, 404: not_found}
    return extend_schema(
        tags=["Correspondence"],
        operation_id=name,
        summary=summary,
        description=description,
        request=request,
        parameters=list(parameters),
        responses={(200, media_type): answer, **problems(*statuses, said=said)},
    )


def _acting(name: str, summary: str, description: str = "") -> Callable[[View], View]:
    return _row(
        name,
        summary,
        OpenApiResponse(OpenApiTypes.UUID, "The correspondence's id."),
        (400, 404),
        description=description,
        parameters=[_ID],
    )


def _query(name: str, type: Any, description: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, type, required=required, description=description)


_INITIALIZED = OpenApiResponse(answers.InitializedAnswer, "Stored.")
_INITIALIZING = (400, 404, 409, 413, 415, 422, 500)

initialize = _row(
    "initializeCorrespondence",
    "Send a letter",
    _INITIALIZED,
    _INITIALIZING,
    description="One letter for up to 500 recipients: each gets a correspondence of its own, and"
    " is notified when it is published. All or none is stored.",
    request=shapes.InitializeShape,
    not_found="1029, 3001: a recipient, or the template, is not known.",
)
initialize_upload = _row(
    "uploadCorrespondence",
    "Send a letter with files",
    _INITIALIZED,
    _INITIALIZING,
    description="As a form: members in dotted notation, files as parts named `attachments`.",
    request={"multipart/form-data": OpenApiTypes.OBJECT},
    not_found="1029, 3001: a recipient, or the template, is not known.",
)
search = _row(
    "searchCorrespondences",
    "Find letters",
    OpenApiResponse(answers.IdsAnswer, "Newest first, 1000 at most."),
    (400,),
    description="Of those that the caller's party has sent or received.",
    parameters=[
        _query("resourceId", OpenApiTypes.STR, "Letters of this resource.", required=True),
        _query(
            "role",
            OpenApiTypes.STR,
            "`Recipient`, `Sender` or `RecipientAndSender`, or 0, 1, 2.",
            required=True,
        ),
        _query("status", OpenApiTypes.STR, "Those that have ever had it; name or number."),
        _query("from", OpenApiTypes.DATETIME, "Publish time after this."),
        _query("to", OpenApiTypes.DATETIME, "Publish time before this."),
        _query("onBehalfOf", OpenApiTypes.STR, "Another party, to which you need access."),
        _query("sendersReference", OpenApiTypes.STR, "Exactly this one."),
        _query("idempotentKey", OpenApiTypes.UUID, "The letter made with this key."),
        _query("offset", OpenApiTypes.INT32, "How many to leave out; 0."),
        _query("limit", OpenApiTypes.INT32, "How many at most; 1000."),
    ],
)
overview = _row(
    "getCorrespondence",
    "Get a letter",
    OpenApiResponse(answers.CorrespondenceOverviewAnswer, "The letter."),
    (404,),
    description="Noted as *Fetched* when its recipient calls.",
    parameters=[_ID],
)
details = _row(
    "getCorrespondenceDetails",
    "Get a letter with its history",
    OpenApiResponse(answers.CorrespondenceDetailsAnswer, "The letter."),
    (404,),
    description="With what became of its notifications.",
    parameters=[_ID],
)
content = _row(
    "getCorrespondenceContent",
    "Read a letter",
    OpenApiResponse(OpenApiTypes.STR, "The body, in markdown."),
    (404,),
    description="Noted as *Read*.",
    parameters=[_ID],
    media_type="text/plain",
)
mark_read = _acting("markCorrespondenceAsRead", "Say that a letter has been read")
confirm = _acting("confirmCorrespondence", "Confirm a letter")
archive = _acting("archiveCorrespondence", "Archive a letter")
purge = _acting(
    "purgeCorrespondence",
    "Delete a letter",
    "The sender before publication, the recipient after it.",
)
_GOING = OpenApiResponse(answers.SendNotificationAnswer, "No for a letter that does not exist.")
check_main = _row(
    "checkNotification",
    "Whether to notify of a letter",
    _GOING,
    (404,),
    description="The send condition of its first notification.",
    parameters=[_ID],
)
check_reminder = _row(
    "checkReminder",
    "Whether to remind of a letter",
    _GOING,
    (404,),
    description="The send condition of its reminder: no, once it was read or confirmed.",
    parameters=[_ID],
)
download = _row(
    "downloadCorrespondenceAttachment",
    "Download an attachment as recipient",
    _BYTES,
    (400, 404),
    description="Noted as *AttachmentsDownloaded*.",
    parameters=[_ID, _AID],
    media_type="application/octet-stream",
)


_ATTACHMENT = OpenApiResponse(answers.AttachmentOverviewAnswer, "The attachment.")
new_attachment = _row(
    "initializeAttachment",
    "Announce an attachment",
    OpenApiResponse(OpenApiTypes.UUID, "The attachment's id."),
    (400, 413, 415, 500),
    description="Its bytes come next; then any number of letters may use it.",
    request=shapes.AttachmentShape,
)
find_attachments = _row(
    "searchAttachments",
    "Find attachments",
    OpenApiResponse(answers.IdsAnswer, "Newest first, 1000 at most."),
    (400,),
    description="The caller's own.",
    parameters=[
        _query("resourceId", OpenApiTypes.STR, "Of this resource."),
        _query("status", OpenApiTypes.STR, "In this status; name or number."),
    ],
)
upload_attachment = _row(
    "uploadAttachment",
    "Upload an attachment",
    _ATTACHMENT,
    (400, 404, 408, 413, 415, 502),
    description="The body is the file. It is looked through for malware before it is published.",
    request={"application/octet-stream": OpenApiTypes.BINARY},
    parameters=[_AID],
    not_found=_NO_ATTACHMENT,
)
get_attachment = _row(
    "getAttachment",
    "Get an attachment",
    _ATTACHMENT,
    (404,),
    description="What is known of it, also after its bytes are gone.",
    parameters=[_AID],
    not_found=_NO_ATTACHMENT,
)
get_attachment_details = _row(
    "getAttachmentDetails",
    "Get an attachment with its history",
    OpenApiResponse(answers.AttachmentDetailsAnswer, "The attachment."),
    (404,),
    description="What has happened to it, oldest first.",
    parameters=[_AID],
    not_found=_NO_ATTACHMENT,
)
download_own_attachment = _row(
    "downloadAttachment",
    "Download an own attachment",
    _BYTES,
    (400, 404, 502),
    description="A check before use: not once it is part of a published letter.",
    parameters=[_AID],
    media_type="application/octet-stream",
    not_found=_NO_ATTACHMENT,
)
purge_attachment = _row(
    "purgeAttachment",
    "Delete an attachment",
    OpenApiResponse(description="Deleted; the body is empty."),
    (400, 404),
    description="As long as no letter has it.",
    parameters=[_AID],
    not_found=_NO_ATTACHMENT,
)
