// The type that the test gives to `fujita.json`. It is Grafana's own, but for what may be anything there: the options and
// queries of a panel, the query of a variable, and units.
import type { Dashboard, DataQuery, DataSourceRef, FieldConfig, FieldConfigSource, Panel, RowPanel, VariableModel } from '@grafana/schema';
import type * as barGauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeSeries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** As JSON writes it: the value of an enum in place of its name. */
export type Written<T> =
  T extends string ? `${T}`
  : T extends number ? (`${T}` extends `${infer N extends number}` ? N : never)
  : T extends readonly (infer E)[] ? Written<E>[]
  : T extends object ? { [K in keyof T]: Written<T[K]> }
  : T;

// https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts
type Unit = 'bytes' | 'cps' | 'none' | 'percentunit' | 'reqps' | 's' | 'short';

interface Field<Custom> extends Omit<FieldConfig, 'custom' | 'unit'> {
  custom?: Custom;
  unit?: Unit;
}

interface Fields<Custom> extends Omit<FieldConfigSource, 'defaults' | 'overrides'> {
  defaults: Field<Custom>;
  overrides: {
    matcher: { id: 'byName' | 'byFrameRefID'; options: string };
    properties: Property<Custom>[];
  }[];
}

type Property<Custom> =
  | { [K in keyof Field<Custom>]-?: { id: K; value: Field<Custom>[K] } }[Exclude<keyof Field<Custom>, 'custom'>]
  | { [K in keyof Custom & string]-?: { id: `custom.${K}`; value: Custom[K] } }[keyof Custom & string];

interface Query extends DataQuery {
  datasource: DataSourceRef;
  editorMode: 'code';
  expr: string;
  format?: 'table' | 'time_series';
  instant: boolean;
  legendFormat: string;
  range: boolean;
}

type Transformation =
  | { id: 'merge'; options: {} }
  | {
      id: 'organize';
      options: {
        excludeByName: Record<string, boolean>;
        includeByName: Record<string, boolean>;
        indexByName: Record<string, number>;
        renameByName: Record<string, string>;
      };
    };

/** What Grafana may be told to leave to a default, a panel of ours has to say. */
type Said = 'datasource' | 'description' | 'gridPos' | 'id' | 'title';

interface Of<Type extends string, Options, Custom>
  extends Omit<Panel, 'fieldConfig' | 'options' | 'targets' | 'transformations' | 'type' | Said>, Required<Pick<Panel, Said>> {
  fieldConfig: Fields<Custom>;
  options: Options;
  targets: Query[];
  transformations?: Transformation[];
  type: Type;
}

type AnyPanel =
  | Of<'timeseries', timeSeries.Options, timeSeries.FieldConfig>
  | Of<'stat', stat.Options, {}>
  | Of<'bargauge', barGauge.Options, {}>
  | Of<'table', table.Options, Partial<table.FieldConfig>>
  | (Omit<RowPanel, 'panels'> & { panels: [] });

type Variable =
  | (Omit<VariableModel, 'type' | 'query'> & { type: 'datasource'; query: 'prometheus' })
  | (Omit<VariableModel, 'type' | 'query'> & { type: 'query'; query: { qryType: 1; query: string; refId: string } });

export interface FujitaDashboard extends Omit<Dashboard, 'panels' | 'templating'> {
  panels: AnyPanel[];
  templating: { list: Variable[] };
}
