"""Static files under names that hold a digest of their content, so that browsers may keep them for a year."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedFiles(ManifestStaticFilesStorage):
    """Django's own, which also names in a script the scripts that it imports; else these would be kept under names that never change."""

    support_js_module_import_aggregation = True
