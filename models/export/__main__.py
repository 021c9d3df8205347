import sys

from models.export.command import main

sys.exit(main())
