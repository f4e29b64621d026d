/** A drawn flow between its BPMN 2.0 XML and what the canvas shows. What the platform takes is said in its contract (Flow). */
import { BpmnModdle } from 'bpmn-moddle'

export type NodeType = 'start' | 'end' | 'task' | 'choice' | 'parallel' | 'timer'
export type Sign = 'one' | 'all' | 'any' | 'ratio'
export interface FlowNode {
  id: string
  type: NodeType
  name: string
  x: number // the middle
  y: number
  result?: string // of an end
  permission?: string // of a task: who may decide it, where, or which person
  org?: string
  person?: string
  outcomes?: string
  due?: string
  working?: boolean
  sign?: Sign
  ratio?: number
  signers?: string[]
  host?: string // of a timer: the task that it waits at
  interrupts?: boolean
  after?: string
}
export interface FlowEdge { id: string; from: string; to: string; name: string; when: string; fallback: boolean; points: { x: number; y: number }[] }
export interface Drawing { id: string; name: string; nodes: FlowNode[]; edges: FlowEdge[] }

export const SIZE: Record<NodeType, { width: number; height: number }> = {
  start: { width: 36, height: 36 }, end: { width: 36, height: 36 }, task: { width: 120, height: 60 }, choice: { width: 44, height: 44 }, parallel: { width: 44, height: 44 }, timer: { width: 28, height: 28 },
}
const ELEMENT: Record<NodeType, string> = { start: 'bpmn:StartEvent', end: 'bpmn:EndEvent', task: 'bpmn:UserTask', choice: 'bpmn:ExclusiveGateway', parallel: 'bpmn:ParallelGateway', timer: 'bpmn:BoundaryEvent' }
const TYPE = Object.fromEntries(Object.entries(ELEMENT).map(([type, element]) => [element, type as NodeType]))
const NAMESPACE = 'urn:tongchou:flow:1'

/** A moddle element, as far as it is used here. */
interface Element {
  $type: string
  id?: string
  name?: string
  body?: string
  get(name: string): unknown
  set(name: string, value: unknown): void
  [key: string]: unknown
}
const text = (e: Element, name: string) => e.get(name) as string | undefined
const list = (value: unknown) => (value as Element[] | undefined) ?? []

function nodeOf(e: Element, at: Map<string, { x: number; y: number }>): FlowNode {
  const type = TYPE[e.$type]!
  const node: FlowNode = { id: e.id!, type, name: e.name ?? '', ...(at.get(e.id!) ?? { x: 0, y: 0 }) }
  const working = text(e, 'tc:working')
  if (working) node.working = working === 'true'
  if (type === 'end') node.result = text(e, 'tc:result')
  if (type === 'timer') {
    const definition = list(e.eventDefinitions)[0]
    return { ...node, host: (e.attachedToRef as Element | undefined)?.id, interrupts: e.cancelActivity !== false, after: (definition?.timeDuration as Element | undefined)?.body?.trim() }
  }
  if (type !== 'task') return node
  const loop = e.loopCharacteristics as Element | undefined
  const given = { permission: text(e, 'tc:permission'), org: text(e, 'tc:org'), person: text(e, 'tc:person'), outcomes: text(e, 'tc:outcomes'), due: text(e, 'tc:due') }
  Object.assign(node, Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined)))
  if (!loop) return node
  const ratio = text(loop, 'tc:ratio')
  const signers = (text(loop, 'tc:signers') ?? '').split(/\s+/).filter(Boolean).map((s) => s.replace(/^user:/, ''))
  return { ...node, sign: (text(loop, 'tc:sign') as Sign | undefined) ?? 'all', signers, ...(ratio ? { ratio: Number(ratio) } : {}) }
}

/** Steps from left to right by how far they are from the start, for a drawing that came without a diagram. */
function lay(d: Drawing): void {
  const column = new Map<string, number>()
  const next = (id: string) => [...d.edges.filter((e) => e.from === id).map((e) => e.to), ...d.nodes.filter((n) => n.host === id).flatMap((n) => d.edges.filter((e) => e.from === n.id).map((e) => e.to))]
  let front = d.nodes.filter((n) => n.type === 'start').map((n) => n.id)
  for (let c = 0; front.length; c++) {
    front.forEach((id) => column.set(id, c))
    front = [...new Set(front.flatMap(next))].filter((id) => !column.has(id))
  }
  const rows: number[] = []
  for (const n of d.nodes.filter((x) => !x.host)) {
    const c = column.get(n.id) ?? 0
    rows[c] = (rows[c] ?? 0) + 1
    Object.assign(n, { x: 100 + c * 190, y: 40 + rows[c]! * 110 })
  }
  hang(d.nodes)
}

/** Timers sit on the lower edge of their task, side by side. */
export function hang(nodes: FlowNode[]): void {
  for (const task of nodes.filter((n) => n.type === 'task'))
    nodes.filter((n) => n.host === task.id).forEach((n, i) => Object.assign(n, { x: task.x + SIZE.task.width / 2 - 20 - i * 36, y: task.y + SIZE.task.height / 2 }))
}

export async function readXml(xml: string): Promise<Drawing> {
  const { rootElement } = (await new BpmnModdle().fromXML(xml)) as { rootElement: Element }
  const process = list(rootElement.rootElements).find((e) => e.$type === 'bpmn:Process')
  if (!process) throw new Error('no process')
  const shapes = list(rootElement.diagrams).flatMap((d) => list((d.plane as Element | undefined)?.planeElement))
  const at = new Map<string, { x: number; y: number }>()
  const ways = new Map<string, { x: number; y: number }[]>()
  for (const s of shapes) {
    const of = (s.bpmnElement as Element | undefined)?.id
    const bounds = s.bounds as { x: number; y: number; width: number; height: number } | undefined
    if (of && bounds) at.set(of, { x: bounds.x + bounds.width / 2, y: bounds.y + bounds.height / 2 })
    if (of && s.waypoint) ways.set(of, list(s.waypoint).map((p) => ({ x: p.x as number, y: p.y as number })))
  }
  const elements = list(process.flowElements)
  const edges = elements.filter((e) => e.$type === 'bpmn:SequenceFlow')
  const d: Drawing = {
    id: process.id ?? 'process', name: process.name ?? '',
    nodes: elements.filter((e) => TYPE[e.$type]).map((e) => nodeOf(e, at)),
    edges: edges.map((e) => {
      const from = e.sourceRef as Element
      return { id: e.id!, from: from.id!, to: (e.targetRef as Element).id!, name: e.name ?? '', when: (e.conditionExpression as Element | undefined)?.body?.trim() ?? '', fallback: (from.default as Element | undefined)?.id === e.id, points: ways.get(e.id!) ?? [] }
    }),
  }
  if (d.nodes.some((n) => !at.has(n.id))) lay(d)
  return d
}

const DI = { plane: 'bpmndi:BPMNPlane', shape: 'bpmndi:BPMNShape', edge: 'bpmndi:BPMNEdge', diagram: 'bpmndi:BPMNDiagram' }

export async function writeXml(d: Drawing): Promise<string> {
  const moddle = new BpmnModdle()
  const make = (type: string, attributes: Record<string, unknown> = {}) => moddle.create(type, Object.fromEntries(Object.entries(attributes).filter(([, v]) => v !== undefined && v !== ''))) as unknown as Element
  const process = make('bpmn:Process', { id: d.id, name: d.name, isExecutable: true })
  const made = new Map<string, Element>()
  for (const n of d.nodes) {
    const e = make(ELEMENT[n.type], { id: n.id, name: n.name, 'tc:result': n.result, 'tc:permission': n.permission, 'tc:org': n.org, 'tc:person': n.person, 'tc:outcomes': n.outcomes, 'tc:due': n.due, 'tc:working': n.working === undefined ? undefined : String(n.working) })
    if (n.sign && n.sign !== 'one')
      e.loopCharacteristics = make('bpmn:MultiInstanceLoopCharacteristics', { 'tc:sign': n.sign, 'tc:ratio': n.sign === 'ratio' ? String(n.ratio ?? 50) : undefined, 'tc:signers': (n.signers ?? []).map((s) => `user:${s}`).join(' ') })
    made.set(n.id, e)
  }
  for (const n of d.nodes.filter((x) => x.type === 'timer')) {
    const e = made.get(n.id)!
    e.attachedToRef = made.get(n.host ?? '')
    if (!n.interrupts) e.cancelActivity = false
    e.eventDefinitions = [make('bpmn:TimerEventDefinition', { timeDuration: make('bpmn:FormalExpression', { body: n.after ?? '' }) })]
  }
  const flows = d.edges.map((x) => {
    const e = make('bpmn:SequenceFlow', { id: x.id, name: x.name, sourceRef: made.get(x.from), targetRef: made.get(x.to) })
    if (x.when) e.conditionExpression = make('bpmn:FormalExpression', { body: x.when })
    if (x.fallback) made.get(x.from)!.default = e
    made.set(x.id, e)
    return e
  })
  process.flowElements = [...d.nodes.map((n) => made.get(n.id)!), ...flows]
  const plane = make(DI.plane, { id: 'plane', bpmnElement: process })
  plane.planeElement = [
    ...d.nodes.map((n) => make(DI.shape, { id: `s_${n.id}`, bpmnElement: made.get(n.id), bounds: make('dc:Bounds', { x: Math.round(n.x - SIZE[n.type].width / 2), y: Math.round(n.y - SIZE[n.type].height / 2), ...SIZE[n.type] }) })),
    ...d.edges.filter((x) => x.points.length > 1).map((x) => make(DI.edge, { id: `e_${x.id}`, bpmnElement: made.get(x.id), waypoint: x.points.map((p) => make('dc:Point', { x: Math.round(p.x), y: Math.round(p.y) })) })),
  ]
  const definitions = make('bpmn:Definitions', { id: 'definitions', targetNamespace: 'urn:tongchou:flow', 'xmlns:tc': NAMESPACE, rootElements: [process], diagrams: [make(DI.diagram, { id: 'diagram', plane })] })
  return (await moddle.toXML(definitions as never, { format: true })).xml
}

/** An id that no element of the drawing has. */
export function freshId(d: Drawing, stem: string): string {
  const taken = new Set([...d.nodes, ...d.edges].map((x) => x.id))
  for (let i = 1; ; i++) if (!taken.has(`${stem}${i}`)) return `${stem}${i}`
}

// ---- durations: PnDTnHnM, shown as one number and its unit
export type Unit = 'D' | 'H' | 'M'
export function durationOf(n: number | undefined, unit: Unit): string | undefined {
  return n ? (unit === 'D' ? `P${n}D` : `PT${n}${unit}`) : undefined
}
export function durationParts(s: string | undefined): { n?: number; unit: Unit } {
  const m = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(s ?? '')
  const [d, h, min] = [1, 2, 3].map((i) => Number(m?.[i] ?? 0))
  if (!d && !h && !min) return { unit: 'D' }
  if (min) return { n: d! * 1440 + h! * 60 + min, unit: 'M' }
  return h ? { n: d! * 24 + h, unit: 'H' } : { n: d, unit: 'D' }
}
