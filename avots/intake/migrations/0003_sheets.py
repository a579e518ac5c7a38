import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    """Staging is made anew with a table for each sheet; the original files stay, to be taken again."""

    dependencies = [("intake", "0002_files")]

    operations = [
        migrations.DeleteModel(name="StagedRow"),
        migrations.RemoveField(model_name="item", name="encoding"),
        migrations.RemoveField(model_name="item", name="kind"),
        migrations.RemoveField(model_name="item", name="summary"),
        migrations.AddField(model_name="item", name="applied_by", field=models.CharField(blank=True, max_length=80)),
        migrations.AddField(model_name="item", name="changed_at", field=models.DateTimeField(default=timezone.now), preserve_default=False),
        migrations.AddField(model_name="item", name="facts", field=models.JSONField(default=dict)),
        migrations.AddField(model_name="item", name="problem", field=models.CharField(blank=True, max_length=40)),
        migrations.AddField(model_name="item", name="rows_done", field=models.PositiveIntegerField(default=0)),
        migrations.AddField(model_name="item", name="rows_total", field=models.PositiveIntegerField(default=0)),
        migrations.AlterField(
            model_name="item",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("checking", "Checking"),
                    ("staged", "Staged"),
                    ("applying", "Applying"),
                    ("applied", "Applied"),
                    ("refused", "Refused"),
                ],
                default="received",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="Sheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(blank=True, max_length=80)),
                ("kind", models.CharField(blank=True, max_length=20)),
                ("encoding", models.CharField(max_length=20)),
                ("header", models.JSONField()),
                ("problem", models.CharField(blank=True, max_length=40)),
                ("facts", models.JSONField(default=dict)),
                ("doubt", models.CharField(blank=True, help_text="a text that looks encoded twice", max_length=120)),
                ("item", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="intake.item")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("item", "position"), name="sheet_taken_once")]},
        ),
        migrations.CreateModel(
            name="StagedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("position", models.PositiveIntegerField(help_text="the order of writing")),
                ("cells", models.JSONField()),
                ("amount", models.BigIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("new", "New"), ("same", "Same"), ("bad", "Bad"), ("applied", "Applied")],
                        max_length=8,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=40)),
                ("facts", models.JSONField(default=dict)),
                ("sheet", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="intake.sheet")),
            ],
            options={
                "indexes": [models.Index(fields=["sheet", "state", "position"], name="rows_to_write")],
                "constraints": [models.UniqueConstraint(fields=("sheet", "number"), name="row_staged_once")],
            },
        ),
    ]
