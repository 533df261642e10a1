// The page's script. It runs twice: in the page, and once more in the worker that the page starts from it.

import { openPage } from './page/page.ts'
import { serve, type WorkerScope } from './worker/worker.ts'

if ('document' in globalThis) openPage()
else serve(globalThis as unknown as WorkerScope)
