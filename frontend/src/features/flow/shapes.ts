/** How the elements of a flow look on the canvas: BPMN's shapes in the colours of the platform. */
import { CircleNode, CircleNodeModel, DiamondNode, DiamondNodeModel, h, LogicFlow, PolylineEdge, PolylineEdgeModel, RectNode, RectNodeModel } from '@logicflow/core'
import { SIZE, type NodeType } from './bpmn'

export type Mark = 'plain' | 'done' | 'live' | 'wrong'
interface Looks { type: NodeType; mark: Mark; interrupts: boolean; joint: boolean }
const looks = (p: Record<string, unknown>) => p as unknown as Looks

const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
const STROKE: Record<Mark, string> = { plain: '--tc-ink-400', done: '--tc-brand-500', live: '--tc-l3', wrong: '--tc-l1' }
const FILL: Record<Mark, string> = { plain: '--tc-surface', done: '--tc-brand-50', live: '--tc-l3-b', wrong: '--tc-l1-b' }
const painted = (p: Record<string, unknown>, width = 1.5) => ({ fill: css(FILL[looks(p).mark]), stroke: css(STROKE[looks(p).mark]), strokeWidth: width })
const words = () => ({ color: css('--tc-ink-900'), fontSize: 12, overflowMode: 'autoWrap' as const })
const chosen = (yes: boolean) => (yes ? { stroke: css('--tc-brand-600'), strokeWidth: 2.5 } : {})

class TaskModel extends RectNodeModel {
  override setAttributes() {
    Object.assign(this, SIZE.task, { radius: 6 })
    this.text.draggable = false
    this.text.editable = false
  }
  override getNodeStyle() { return { ...super.getNodeStyle(), ...painted(this.properties, looks(this.properties).mark === 'plain' ? 1 : 1.5), ...chosen(this.isSelected) } }
  override getTextStyle() { return { ...super.getTextStyle(), ...words(), textWidth: SIZE.task.width - 12 } }
}
class TaskView extends RectNode {
  override getShape() {
    const { x, y, properties } = this.props.model
    const bars = looks(properties).joint ? [-5, 0, 5].map((dx) => h('rect', { x: x + dx - 1, y: y + 18, width: 2, height: 9, fill: css('--tc-ink-500') })) : []
    return h('g', {}, [super.getShape(), ...bars])
  }
}

const below = () => ({ ...words(), textWidth: 120 })
class EventModel extends CircleNodeModel {
  override setAttributes() {
    const { type } = looks(this.properties)
    this.r = SIZE[type].width / 2
    this.text.draggable = false
    this.text.editable = false
    this.draggable = type !== 'timer'
  }
  override getNodeStyle() {
    const { type, interrupts } = looks(this.properties)
    return { ...super.getNodeStyle(), ...painted(this.properties, type === 'end' ? 3.5 : 1.5), ...(type === 'timer' && !interrupts ? { strokeDasharray: '3 2' } : {}), ...chosen(this.isSelected) }
  }
  override getTextStyle() { return { ...super.getTextStyle(), ...below() } }
}
class EventView extends CircleNode {
  override getShape() {
    const { x, y, properties } = this.props.model
    const hands = looks(properties).type === 'timer' ? [h('circle', { cx: x, cy: y, r: 9, fill: 'none', stroke: css('--tc-ink-500') }), h('path', { d: `M${x} ${y - 6}V${y}H${x + 4}`, fill: 'none', stroke: css('--tc-ink-500') })] : []
    return h('g', {}, [super.getShape(), ...hands])
  }
}
class GatewayModel extends DiamondNodeModel {
  override setAttributes() {
    this.rx = SIZE.choice.width / 2
    this.ry = SIZE.choice.height / 2
    this.text.draggable = false
    this.text.editable = false
  }
  override getNodeStyle() { return { ...super.getNodeStyle(), ...painted(this.properties), ...chosen(this.isSelected) } }
  override getTextStyle() { return { ...super.getTextStyle(), ...below() } }
}
class GatewayView extends DiamondNode {
  override getShape() {
    const { x, y, properties } = this.props.model
    const d = looks(properties).type === 'choice' ? `M${x - 6} ${y - 6}L${x + 6} ${y + 6}M${x + 6} ${y - 6}L${x - 6} ${y + 6}` : `M${x} ${y - 9}V${y + 9}M${x - 9} ${y}H${x + 9}`
    return h('g', {}, [super.getShape(), h('path', { d, stroke: css('--tc-ink-700'), 'stroke-width': 2.5, fill: 'none' })])
  }
}
class LinkModel extends PolylineEdgeModel {
  override getEdgeStyle() {
    const wrong = (this.properties as { mark?: Mark }).mark === 'wrong'
    return { ...super.getEdgeStyle(), stroke: css(wrong ? '--tc-l1' : this.isSelected ? '--tc-brand-500' : '--tc-ink-400'), strokeWidth: 1.5 }
  }
  override getTextStyle() {
    const style = super.getTextStyle()
    return { ...style, ...words(), overflowMode: 'default' as const, background: { ...style.background, fill: css('--tc-surface') } }
  }
}

export const LOOK: Record<NodeType, string> = { start: 'event', end: 'event', timer: 'event', task: 'task', choice: 'gateway', parallel: 'gateway' }
export function register(lf: LogicFlow): void {
  lf.register({ type: 'task', view: TaskView, model: TaskModel })
  lf.register({ type: 'event', view: EventView, model: EventModel })
  lf.register({ type: 'gateway', view: GatewayView, model: GatewayModel })
  lf.register({ type: 'link', view: PolylineEdge, model: LinkModel })
  lf.setDefaultEdgeType('link')
}
