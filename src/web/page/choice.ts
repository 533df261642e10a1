// File fields, as all of the page uses them.

import { byId } from './element.ts'

/** Files chosen in a field; choosing the same ones again counts too. */
export function onChoice(id: string, taken: (files: readonly File[]) => void): void {
  const field = byId(id) as HTMLInputElement
  field.addEventListener('change', () => {
    const files = [...(field.files ?? [])]
    field.value = ''
    if (files.length > 0) taken(files)
  })
}
