"""Operations of this room, for ``/api/v1/``."""

from django.urls import path

from documents.api import (
    assets,
    batches,
    default_mark,  # noqa: F401 - imported for its registration
    event_views,
    limits,
    looks,
    presets,
    uploads,
    views,
)

urlpatterns = [
    path("limits/", limits.LimitsView.as_view(), name="limits"),
    path("documents/", views.DocumentsView.as_view(), name="documents"),
    path("documents/<uuid:document_id>/", views.DocumentView.as_view(), name="document"),
    path(
        "documents/<uuid:document_id>/download/",
        views.DocumentDownloadView.as_view(),
        name="document-download",
    ),
    path(
        "documents/<uuid:document_id>/watermark/",
        views.DocumentWatermarkView.as_view(),
        name="document-watermark",
    ),
    path(
        "documents/<uuid:document_id>/inspect/",
        looks.DocumentInspectView.as_view(),
        name="document-inspect",
    ),
    path(
        "documents/<uuid:document_id>/pages/<int:page>/preview.png",
        looks.PagePictureView.as_view(),
        name="page-preview",
    ),
    path("documents/bulk-delete/", views.BulkDeletionView.as_view(), name="bulk-delete"),
    path("uploads/", uploads.UploadsView.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>/", uploads.UploadView.as_view(), name="upload"),
    path("assets/", assets.AssetsView.as_view(), name="assets"),
    path("assets/<uuid:asset_id>/", assets.AssetView.as_view(), name="asset"),
    path(
        "assets/<uuid:asset_id>/download/",
        assets.AssetDownloadView.as_view(),
        name="asset-download",
    ),
    path("presets/", presets.PresetsView.as_view(), name="presets"),
    path("presets/<uuid:preset_id>/", presets.PresetView.as_view(), name="preset"),
    path("watermark/preview/", looks.WatermarkPreviewView.as_view(), name="watermark-preview"),
    path("watermark/validate/", looks.WatermarkValidateView.as_view(), name="watermark-validate"),
    path("watermark/", views.WatermarkView.as_view(), name="watermark"),
    path("process/", batches.ProcessView.as_view(), name="process"),
    path(
        "documents/batch/watermark/", batches.BatchWatermarkView.as_view(), name="batch-watermark"
    ),
    path("documents/batch/process/", batches.BatchProcessView.as_view(), name="batch-process"),
    path("batches/", batches.BatchesView.as_view(), name="batches"),
    path("batches/<uuid:batch_id>/", batches.BatchView.as_view(), name="batch"),
    path(
        "batches/<uuid:batch_id>/events/",
        event_views.BatchEventsView.as_view(),
        name="batch-events",
    ),
    path("batches/<uuid:batch_id>/items/", batches.BatchItemsView.as_view(), name="batch-items"),
    path("batches/<uuid:batch_id>/start/", batches.BatchStartView.as_view(), name="batch-start"),
    path("batches/<uuid:batch_id>/cancel/", batches.BatchCancelView.as_view(), name="batch-cancel"),
    path(
        "batches/<uuid:batch_id>/retry-failed/",
        batches.BatchRetryView.as_view(),
        name="batch-retry-failed",
    ),
    path(
        "batches/<uuid:batch_id>/archive.zip",
        batches.BatchArchiveView.as_view(),
        name="batch-archive",
    ),
    path(
        "batches/<uuid:batch_id>/manifest.csv",
        batches.BatchManifestView.as_view(),
        name="batch-manifest",
    ),
    path("jobs/", views.JobsView.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>/", views.JobView.as_view(), name="job"),
    path("jobs/<uuid:job_id>/events/", event_views.JobEventsView.as_view(), name="job-events"),
    path("jobs/<uuid:job_id>/cancel/", views.JobCancelView.as_view(), name="job-cancel"),
    path("jobs/<uuid:job_id>/retry/", views.JobRetryView.as_view(), name="job-retry"),
    path("jobs/<uuid:job_id>/result/", views.JobResultView.as_view(), name="job-result"),
]
