/**
 * Records in, one self-contained page out, with every figure as SVG and PNG, and the analysis behind them.
 *
 * @module
 */
export * from './bootstrap_ratio.ts';
export * from './compare_peers.ts';
export * from './compare_runs.ts';
export * from './departure_dimension.ts';
export * from './describe_sample.ts';
export * from './drift.ts';
export * from './effect_size.ts';
export * from './equivalence.ts';
export * from './equivalence_power.ts';
export * from './fall_dimension.ts';
export * from './find_chromium.ts';
export * from './findings.ts';
export * from './fit_square.ts';
export * from './holm.ts';
export * from './judge_claims.ts';
export * from './mann_whitney.ts';
export * from './mean_interval.ts';
export * from './merge_stores.ts';
export * from './peer_targets.ts';
export * from './plateau_rate.ts';
export * from './predicted_threshold.ts';
export * from './print_pdf.ts';
export * from './records_csv.ts';
export * from './report_error.ts';
export * from './rise_dimension.ts';
export * from './runs_for_equivalence.ts';
export * from './summarize.ts';
export * from './summarize_peers.ts';
export * from './welch.ts';
export * from './write_peers_report.ts';
export * from './write_report.ts';
