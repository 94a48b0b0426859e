//! How long the planner takes.

use anyhow::Context;
use flow::plan::{Shape, Traits};
use flow::{Document, Plan};
use serde_json::{Value, json};
use tokio::time::Instant;

/// Plans a workflow of so many steps, every one of which takes values from two before it: the microseconds.
pub(crate) fn run(count: usize) -> anyhow::Result<String> {
    let step = |at: usize| {
        let from = |back: usize| at.checked_sub(back).map(|on| format!("$steps.s{on}.outputs.v"));
        let parameters: Vec<Value> = [from(3), from(7)]
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(n, value)| json!({"name": format!("p{n}"), "in": "query", "value": value}))
            .collect();
        json!({"stepId": format!("s{at}"), "operationId": "get", "parameters": parameters, "outputs": {"v": "$response.body"}})
    };
    let steps: Vec<Value> = (0..count).map(step).collect();
    let document = json!({
        "arazzo": "1.1.0",
        "info": {"title": "Measured", "version": "1"},
        "sourceDescriptions": [{"name": "things", "url": "things.json"}],
        "workflows": [{"workflowId": "w", "steps": steps}],
    });
    let document = Document::read(&document).map_err(|mistakes| anyhow::anyhow!("{mistakes:?}"))?;
    let workflow = document.workflow("w").context("the workflow")?;
    let traits = vec![Traits { safe: true, parallel: false }; count];
    let mut least = u128::MAX;
    for _ in 0..20 {
        let began = Instant::now();
        let plan = Plan::new(workflow, &traits).map_err(|mistakes| anyhow::anyhow!("{mistakes:?}"))?;
        let shape = Shape::new(&plan, &[]);
        least = least.min(began.elapsed().as_micros());
        anyhow::ensure!(shape.levels.len() == count, "not all are planned");
    }
    Ok(least.to_string())
}
