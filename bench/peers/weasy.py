"""Print a page so many times with WeasyPrint; tells the CPU milliseconds of one."""

import sys
import time

from weasyprint import HTML

page, times = sys.argv[1], int(sys.argv[2])
HTML(page).write_pdf(pdf_variant="pdf/a-3u")
started = time.process_time()
for _ in range(times):
    HTML(page).write_pdf(pdf_variant="pdf/a-3u")
print((time.process_time() - started) * 1e3 / times)
