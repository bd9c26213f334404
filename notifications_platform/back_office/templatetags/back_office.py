"""What templates of the back office ask for themselves, on whichever page they stand."""

from typing import Any

from django import template

from notifications_platform.back_office import banners

register = template.Library()


@register.inclusion_tag("back_office/banners.html", takes_context=True)
def stopped(context: dict[str, Any]) -> dict[str, Any]:
    """What staff keep from being sent just now."""
    request = context.get("request")
    return {"banners": banners.banners(request) if request else []}
