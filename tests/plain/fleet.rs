//! Fleets: the reports of many hosts together, judged, planned for, exported.

mod allocation;
mod cli;
mod etcd;
mod export;
mod hosts;
mod kept;
mod merged;
mod plan;
mod rules;
mod scale;
