/** What is done to a drawing, each giving a new one. */
import { freshId, hang, SIZE, type Drawing, type FlowEdge, type FlowNode, type NodeType } from './bpmn'

const copy = (d: Drawing): Drawing => JSON.parse(JSON.stringify(d)) as Drawing
export const nodeOf = (d: Drawing, id: string) => d.nodes.find((n) => n.id === id)
export const edgeOf = (d: Drawing, id: string) => d.edges.find((e) => e.id === id)
export const outOf = (d: Drawing, id: string) => d.edges.filter((e) => e.from === id)
export const timersOf = (d: Drawing, id: string) => d.nodes.filter((n) => n.host === id)

const STEM: Record<NodeType, string> = { start: 'start', end: 'end', task: 'step', choice: 'choice', parallel: 'fork', timer: 'timer' }
/** A free place right of a node, below what stands there. */
function place(d: Drawing, after: FlowNode | undefined): { x: number; y: number } {
  const at = after ? { x: after.x + 180, y: after.y } : { x: 140, y: 80 }
  while (d.nodes.some((n) => Math.abs(n.x - at.x) < SIZE.task.width && Math.abs(n.y - at.y) < SIZE.task.height + 20)) at.y += 100
  return at
}
/**
 * A new element behind `after`: it takes the place of the first way out, and goes on as `after` did; a step decides like the one
 * before it. An end, or what nothing follows yet, is only connected.
 */
export function addNode(d: Drawing, type: NodeType, name: string, more: Partial<FlowNode>, after: string): { drawing: Drawing; id: string } {
  const next = copy(d)
  const from = nodeOf(next, after)
  const id = freshId(next, STEM[type])
  next.nodes.push({ id, type, name, ...place(next, from), ...more })
  if (!from || from.type === 'end' || (from.type === 'timer' && !from.interrupts)) return { drawing: next, id }
  const [way, ...others] = outOf(next, from.id)
  if (!way || type === 'end') {
    if (!way || many(from)) next.edges.push(link(next, from.id, id))
    return { drawing: next, id }
  }
  const goes = type === 'task' && from.type === 'task' ? [way, ...others] : [{ ...way, when: '', name: '', fallback: type !== 'parallel' }]
  for (const e of goes) next.edges.push({ ...e, id: freshId(next, 'f'), from: id, points: [] })
  way.to = id
  makeRoom(next, from, nodeOf(next, id)!)
  return { drawing: next, id }
}
/** What stands to the right moves on, and the new one takes its place in the row; lines find their way anew. */
function makeRoom(d: Drawing, from: FlowNode, made: FlowNode): void {
  for (const n of d.nodes) if (n !== made && n.x > from.x + SIZE.task.width / 2 && n.host !== from.id) n.x += 180
  Object.assign(made, { x: from.x + 180, y: from.y })
  d.edges.forEach((e) => (e.points = []))
}
const many = (n: FlowNode) => !['start', 'timer'].includes(n.type)
function link(d: Drawing, from: string, to: string): FlowEdge {
  const first = !outOf(d, from).length
  const decides = ['task', 'choice'].includes(nodeOf(d, from)?.type ?? '')
  return { id: freshId(d, 'f'), from, to, name: '', when: '', fallback: decides && !first && !outOf(d, from).some((e) => e.fallback || !e.when), points: [] }
}
export function connect(d: Drawing, from: string, to: string): Drawing {
  const next = copy(d)
  next.edges.push(link(next, from, to))
  return next
}
/** Adds an edge that the canvas has made. */
export function addEdge(d: Drawing, edge: FlowEdge): Drawing {
  const next = copy(d)
  next.edges.push(edge)
  return next
}
/** With what hangs on it: edges, timers and theirs. */
export function remove(d: Drawing, id: string): Drawing {
  const next = copy(d)
  const gone = new Set([id, ...timersOf(next, id).map((n) => n.id)])
  next.nodes = next.nodes.filter((n) => !gone.has(n.id))
  next.edges = next.edges.filter((e) => !gone.has(e.id) && !gone.has(e.from) && !gone.has(e.to))
  hang(next.nodes)
  return next
}
export function change(d: Drawing, id: string, to: Partial<FlowNode>): Drawing {
  const next = copy(d)
  next.nodes = next.nodes.map((n) => (n.id === id ? (JSON.parse(JSON.stringify({ ...n, ...to })) as FlowNode) : n)) // what is undefined goes
  return next
}
/** At most one flow of a node is the way for when no other holds. */
export function changeEdge(d: Drawing, id: string, to: Partial<FlowEdge>): Drawing {
  const next = copy(d)
  const edge = edgeOf(next, id)!
  if (to.fallback) outOf(next, edge.from).forEach((e) => (e.fallback = false))
  Object.assign(edge, to, to.to ? { points: [] } : {})
  return next
}
export function addTimer(d: Drawing, host: string, interrupts: boolean): { drawing: Drawing; id: string } {
  const next = copy(d)
  const id = freshId(next, STEM.timer)
  next.nodes.push({ id, type: 'timer', name: '', x: 0, y: 0, host, interrupts, after: 'P1D' })
  hang(next.nodes)
  return { drawing: next, id }
}
export function moved(d: Drawing, at: Map<string, { x: number; y: number }>): Drawing {
  const next = copy(d)
  for (const n of next.nodes) Object.assign(n, at.get(n.id) ?? {})
  return next
}
export function routed(d: Drawing, ways: Map<string, { x: number; y: number }[]>): Drawing {
  const next = copy(d)
  for (const e of next.edges) e.points = (ways.get(e.id) ?? e.points).map((p) => ({ x: Math.round(p.x), y: Math.round(p.y) }))
  return next
}
