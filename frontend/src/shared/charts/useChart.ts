import { BarChart, LineChart, MapChart, PieChart, ScatterChart } from 'echarts/charts'
import { AriaComponent, GeoComponent, GridComponent, MarkPointComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import { CanvasRenderer } from 'echarts/renderers'
import type { EChartsCoreOption } from 'echarts/core'
import { onBeforeUnmount, onMounted, watch, type Ref } from 'vue'
import { SANS, token } from './palette'

echarts.use([BarChart, LineChart, PieChart, MapChart, ScatterChart, GridComponent, TooltipComponent, GeoComponent, VisualMapComponent, MarkPointComponent, AriaComponent, LabelLayout, CanvasRenderer])
export { echarts }

/** What every chart shares: no entrance on desks, aria on, and a tooltip drawn on the canvas: none of our charts makes HTML. */
export function house(): EChartsCoreOption {
  return {
    animation: false,
    textStyle: { fontFamily: SANS, fontSize: 12, color: token('ink-500') },
    aria: { enabled: true },
    tooltip: {
      renderMode: 'richText', confine: true, backgroundColor: token('surface'), borderColor: token('line-2'), borderWidth: 1, padding: [8, 10],
      textStyle: { color: token('ink-900'), fontSize: 12, fontFamily: SANS },
    },
  }
}
export const axisText = () => ({ color: token('ink-500'), fontSize: 11, fontFamily: SANS })

/** Binds an ECharts instance to an element: draws on change, follows the element's size, hands clicks on, ends with the component. */
export function useChart(el: Ref<HTMLElement | undefined>, option: () => EChartsCoreOption | null, onClick?: (p: { name: string; dataIndex: number; seriesIndex?: number }) => void): void {
  let chart: echarts.ECharts | undefined
  let sized: ResizeObserver | undefined
  const draw = () => {
    const o = option()
    if (chart && o) chart.setOption({ ...house(), ...o, tooltip: { ...(house().tooltip as object), ...((o.tooltip as object) ?? {}) } }, { notMerge: true })
  }
  onMounted(() => {
    chart = echarts.init(el.value!, undefined, { renderer: 'canvas' })
    if (onClick) chart.on('click', (p) => onClick(p as never))
    sized = new ResizeObserver(() => chart!.resize())
    sized.observe(el.value!)
    draw()
    // Canvas text that was measured before the fonts came must be drawn again.
    void document.fonts?.ready.then(draw)
  })
  watch(option, draw, { deep: true })
  onBeforeUnmount(() => {
    sized?.disconnect()
    chart?.dispose()
  })
}
