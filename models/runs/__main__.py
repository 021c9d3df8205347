import sys

from models.private_files import keep_private
from models.runs.command import main

keep_private()
sys.exit(main())
