import { api, unwrap, upload } from './client'

/** Files above this size go in parts, so that a broken line costs one part. */
export const WHOLE_MAX = 8 * 1024 * 1024

/** An upload in parts that can be taken up again after a failure: keep it, and call send() again. */
export class PartUpload {
  private id = ''
  private size = 0
  private readonly file: File
  constructor(file: File) {
    this.file = file
  }

  /** Sends what the server has not got yet, and gives the stored file. */
  async send(onProgress: (done: number) => void, signal: AbortSignal): Promise<{ id: string }> {
    const state = this.id
      ? await unwrap(api.GET('/api/v1/files/uploads/{id}', { params: { path: { id: this.id } }, signal }))
      : await unwrap(api.POST('/api/v1/files/uploads', { body: { name: this.file.name, bytes: this.file.size }, signal }))
    this.id = state.id!
    this.size = state.part_bytes!
    const there = new Set(state.received)
    for (let part = 0; part < state.parts!; part++) {
      const from = part * this.size
      const piece = this.file.slice(from, from + this.size)
      if (!there.has(part)) await upload(`/files/uploads/${this.id}/parts/${part}`, new File([piece], 'part'), (d) => onProgress(from + Math.min(d, piece.size)), signal)
      onProgress(from + piece.size)
    }
    const made = await unwrap(api.POST('/api/v1/files/uploads/{id}/finish', { params: { path: { id: this.id } }, body: {}, signal }))
    this.id = ''
    return made as { id: string }
  }

  /** Lets go of what has arrived. */
  async drop(): Promise<void> {
    if (this.id) await unwrap(api.DELETE('/api/v1/files/uploads/{id}', { params: { path: { id: this.id } } }))
    this.id = ''
  }
}
