"""Labels as the product information system last stated them.

One row per label. Imprints and their owners are labels of their own: the PIM says nothing of who belongs to whom.
"""

from assets.silver import silver_table
from lake.contract import Column, Contract

LABELS = Contract(
    name="labels",
    grain="one row per label",
    key=("label_id",),
    latest_by="source_position",
    columns=(
        Column("label_id", "string", "label number in the PIM", source="labelId"),
        Column("name", "string", "name as printed", source="name"),
        Column("country", "string", "country of the label's seat", source="country", nullable=True),
    ),
)

labels = silver_table(LABELS, __doc__, objects_of="Label")
