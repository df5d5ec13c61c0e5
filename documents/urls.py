"""Addresses of the web UI's documents and jobs."""

from django.urls import path

from documents.views import assets, batch_steps, batches, documents, jobs, marking, pages, presets

app_name = "documents"
urlpatterns = [
    path("dashboard/", pages.show_dashboard, name="dashboard"),
    path("documents/", documents.show_list, name="list"),
    path("documents/upload/", documents.upload, name="upload"),
    path("documents/<uuid:document_id>/", documents.show, name="detail"),
    path("documents/<uuid:document_id>/download/", documents.download, name="download"),
    path("documents/<uuid:document_id>/delete/", documents.delete, name="delete"),
    path("documents/<uuid:document_id>/watermark/", marking.watermark, name="watermark"),
    path("documents/<uuid:document_id>/watermark/preview/", marking.preview, name="mark_preview"),
    path("documents/<uuid:document_id>/watermark/picture/", marking.picture, name="mark_picture"),
    path("documents/<uuid:document_id>/watermark/facts/", marking.facts, name="mark_facts"),
    path("presets/", presets.show_list, name="preset_list"),
    path("presets/new/", presets.create, name="preset_new"),
    path("presets/<uuid:preset_id>/", presets.show, name="preset"),
    path("presets/<uuid:preset_id>/default/", presets.make_default, name="preset_default"),
    path("presets/<uuid:preset_id>/delete/", presets.delete, name="preset_delete"),
    path("assets/", assets.show_list, name="asset_list"),
    path("assets/<uuid:asset_id>/", assets.show, name="asset"),
    path("assets/<uuid:asset_id>/picture/", assets.picture, name="asset_picture"),
    path("assets/<uuid:asset_id>/download/", assets.download, name="asset_download"),
    path("assets/<uuid:asset_id>/delete/", assets.delete, name="asset_delete"),
    path("batches/", batches.show_list, name="batch_list"),
    path("batches/new/", batch_steps.documents, name="batch_new"),
    path("batches/new/mark/", batch_steps.mark, name="batch_mark"),
    path("batches/new/preview/", batch_steps.preview, name="batch_preview"),
    path("batches/new/picture/", batch_steps.picture, name="batch_picture"),
    path("batches/new/facts/", batch_steps.facts, name="batch_facts"),
    path("batches/new/check/", batch_steps.check, name="batch_check"),
    path("batches/new/start/", batch_steps.start, name="batch_begin"),
    path("batches/<uuid:batch_id>/", batches.show, name="batch"),
    path("batches/<uuid:batch_id>/start/", batches.start, name="batch_start"),
    path("batches/<uuid:batch_id>/cancel/", batches.cancel, name="batch_cancel"),
    path("batches/<uuid:batch_id>/retry/", batches.retry, name="batch_retry"),
    path("jobs/", jobs.show_list, name="job_list"),
    path("jobs/<uuid:job_id>/", jobs.show, name="job_detail"),
    path("jobs/<uuid:job_id>/cancel/", jobs.cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/retry/", jobs.retry, name="job_retry"),
    path("jobs/<uuid:job_id>/result/", jobs.result, name="job_result"),
]
