"""What the lists of `correspondence` are narrowed by."""

from django.utils.translation import gettext_lazy

from notifications_platform.back_office.large_tables import Period, RecentValues


class ResourceFilter(RecentValues):
    column = "resource_id"


class SenderFilter(RecentValues):
    column = "sender"


class OwnerFilter(RecentValues):
    column = "service_owner"


class TypeFilter(RecentValues):
    column = "type"


class MadeFilter(Period):
    title = gettext_lazy("made")
    column = "created_at"
