//! Worlds in which the real activities of Jira run against the sandbox's logic: in one process, without a socket, in a time that stands
//! still unless the world moves it.
//!
//! `case` is what a seed gives, `network` carries requests with all that can go wrong, `call` makes calls futures that the world polls,
//! and `world` drives the machines and looks at what must hold.

mod call;
mod case;
mod fate;
mod network;
mod time;
mod world;

use std::sync::Arc;

use bytes::Bytes;
use flowrun_engine::{activity::Catalogue, definition::Definition, random::Random, run::Activities};
use flowrun_jira::{Client, Connection, Credential, Files, FixedCredential, GrantedScopes, Settings};
use flowrun_jira_sandbox::{Clock, InProcess, Seed};
use http::{Request, header::AUTHORIZATION};
use serde_json::Value;

pub use self::case::Trouble;
use self::{
    case::Case,
    network::Network,
    time::{Time, WorldClock},
    world::World,
};
use crate::{plant::Plant, random::Seeded, world::Lived};

/// The site's address.
const SITE: &str = "https://sandbox.example";

/// Makes worlds of the real activities.
pub struct RealSimulator {
    definitions: Vec<Arc<Definition>>,
    surroundings: Surroundings,
}

/// What all worlds have, one after the other.
struct Surroundings {
    site: Arc<InProcess>,
    time: Arc<Time>,
    activities: Activities,
    credential: Credential,
    /// A bearer, and the path that it asks at.
    looking: (String, String),
}

impl Default for RealSimulator {
    fn default() -> Self {
        let catalogue = flowrun_jira::catalogue(&Arc::new(Client::offline()), &Files::none());
        let time = Arc::new(Time::default());
        let clock = {
            let time = Arc::clone(&time);
            Clock::new(move || time.stamp())
        };
        let site = Arc::new(InProcess::new(&Seed::built_in(), SITE, clock));
        let description = site.description();
        let user = &description.users[0];
        let credential = Credential::Basic { email: user.email.clone(), token: user.api_token.clone().into() };
        let looking =
            (format!("Bearer {}", user.bearer_token), format!("{SITE}/ex/jira/{}/rest/api/3", description.cloud_id));
        let surroundings = Surroundings { site, time, activities: Activities::of(&catalogue), credential, looking };
        Self { definitions: case::definitions(&catalogue), surroundings }
    }
}

impl RealSimulator {
    /// Lets the world of a seed live to its end.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn live(&self, seed: u64, plant: Option<Plant>) -> Result<Lived, String> {
        let case = Case::of(seed, &self.definitions);
        World::of(&case, &self.surroundings, plant, false).live()
    }

    /// What a seed's world has, and all that happens in it.
    pub fn trace(&self, seed: u64, plant: Option<Plant>) -> (String, Vec<String>) {
        let case = Case::of(seed, &self.definitions);
        let mut world = World::of(&case, &self.surroundings, plant, true);
        let told = match world.live() {
            Ok(lived) => format!("it ended: {:?}", lived.statuses),
            Err(fault) => format!("fault: {fault}"),
        };
        let runs: Vec<&str> = case.runs.iter().map(|definition| definition.process.as_str()).collect();
        let has = format!("runs of {runs:?}, with {:?}", case.troubles);
        (has, world.into_trace().into_iter().chain([told]).collect())
    }
}

impl Surroundings {
    /// A world begins: the sandbox is as it was, and it is the first moment.
    fn begin(&self) {
        self.time.set(0);
        self.site.reset().expect("a site in memory has no disk");
    }

    /// The activities of a process that begins, with a client that knows nothing yet.
    fn catalogue(&self, network: &Arc<Network>, seed: u64) -> Catalogue {
        let credentials = FixedCredential { credential: self.credential.clone(), scopes: GrantedScopes::All };
        let connection =
            Connection { api_base: SITE.to_owned(), site_url: SITE.to_owned(), credentials: Arc::new(credentials) };
        let surroundings = flowrun_jira::Surroundings {
            transport: Arc::clone(network) as _,
            clock: Arc::new(WorldClock(Arc::clone(&self.time))),
            random: Arc::new(ClientRandom(seed)),
        };
        let client = Client::over(connection, &Settings::default(), surroundings);
        flowrun_jira::catalogue(&Arc::new(client.expect("the address is one of a site")), &Files::none())
    }

    /// What the sandbox has, as its administrator sees it; `None` where it is not there.
    fn read(&self, path: &str) -> Option<Value> {
        let (bearer, base) = &self.looking;
        let request = Request::get(format!("{base}/{path}")).header(AUTHORIZATION, bearer).body(Bytes::new());
        let (response, _) = self.site.answer(request.expect("a path of keys and ids is one of a URI"));
        response.status().is_success().then(|| serde_json::from_slice(response.body()).unwrap_or_default())
    }
}

/// The client wants one that threads can share: the same numbers in every world of a seed.
struct ClientRandom(u64);

impl Random for ClientRandom {
    fn fraction(&self) -> f64 {
        0.5
    }

    fn bytes(&self) -> [u8; 10] {
        let random = Seeded::named(self.0, "client");
        std::array::from_fn(|_| u8::try_from(random.below(256)).expect("it is below 256"))
    }
}
