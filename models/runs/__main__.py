import sys

from models.runs.command import main

sys.exit(main())
