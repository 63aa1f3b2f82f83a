//! Each call to AWS as it went, for the log of a run that is debugged.

use std::{
    mem::take,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef},
        },
        orchestrator::HttpRequest,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use crate::{clock::Clock, outside::OutsideText, report::data::AwsCall};

/// Notes every attempt of every call. Clones note in the same list.
#[derive(Clone, Debug)]
pub(crate) struct CallLog {
    clock: Clock,
    calls: Arc<Mutex<Vec<AwsCall>>>,
}

/// An attempt that was sent. Once it is answered, the SDK no longer has its request.
#[derive(Clone, Debug)]
struct Sent {
    operation: String,
    /// By the run's clock.
    at: Duration,
}

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

impl CallLog {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            calls: Arc::default(),
        }
    }

    /// What was noted since the last time.
    pub(crate) fn take(&self) -> Vec<AwsCall> {
        take(&mut *self.calls.lock().expect("nothing panics with this lock"))
    }
}

impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "CallLog"
    }

    fn read_before_attempt(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let sent = Sent {
            operation: operation(context.request()),
            at: self.clock.elapsed(),
        };
        bag.interceptor_state().store_put(sent);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(sent) = bag.load::<Sent>().cloned() else {
            return Ok(());
        };
        let mut call = AwsCall {
            operation: sent.operation,
            took: self.clock.elapsed().saturating_sub(sent.at),
            status: None,
            request_id: OutsideText::default(),
        };
        if let Some(response) = context.response() {
            let id = response.headers().get("x-amzn-requestid");
            call.request_id = OutsideText::new(id.unwrap_or_default());
            call.status = Some(response.status().as_u16());
        }
        let mut calls = self.calls.lock().expect("nothing panics with this lock");
        calls.push(call);
        Ok(())
    }
}

/// `CodeDeploy_20141006.GetDeployment`, as AWS's JSON protocol names what is called.
fn operation(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target");
    target.unwrap_or("a call without a name").to_owned()
}
