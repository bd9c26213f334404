from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "notifications_platform.audit"
    label = "audit"
