import sys

from models.export.command import main
from models.private_files import keep_private

keep_private()
sys.exit(main())
