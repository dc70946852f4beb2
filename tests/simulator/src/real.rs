//! Worlds in which the real activities of Jira run against the sandbox's logic: in one process, without a socket, in a time that stands
//! still unless the world moves it.
//!
//! `case` is what a seed gives, with definitions that are `written`; `network` carries requests with all that can go wrong (`fate`), `running` makes calls futures that `call`
//! polls; `invariant` and `output` look at what must hold.

mod call;
mod case;
mod expiring;
mod fate;
mod grants;
mod invariant;
mod network;
mod output;
mod running;
mod struck;
mod written;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use flowrun_engine::{
    activity::Catalogue,
    id::{ActivityName, EffectId, StepPath},
    journal::{Decision, Record},
    random::Random,
    requirement::ASK_GRANTS_AGAIN_AFTER,
    run::{Action, Activities, EffectView, RunState},
};
use flowrun_jira::{Client, Connection, Credential, Files, JiraAuthority, Settings};
use flowrun_jira_sandbox::{Clock, InProcess, Seed};
use http::{Request, header::AUTHORIZATION};
use serde_json::Value;

pub use self::case::Trouble;
pub(crate) use self::struck::EFFECTS;
use self::{case::Case, expiring::ExpiringCredential, fate::LONGEST_WAY, network::Network, running::Running};
use crate::{
    Worlds,
    bounds::Bounds,
    disk::Run,
    looks::Looks,
    plant::Plant,
    random::Seeded,
    strike::{Boundary, NetworkFault, Strike},
    time::{Time, WallClock},
    world::{Fault, Lived, PROCESSES, Setup, Target, World, WorldKind},
};

/// The site's address.
const SITE: &str = "https://sandbox.example";

/// Makes worlds of the real activities.
pub struct RealSimulator {
    catalogue: Catalogue,
    shared: SharedSite,
}

/// What all worlds have, one after the other.
struct SharedSite {
    site: Arc<InProcess>,
    time: Arc<Time>,
    activities: Activities,
    credential: Credential,
    /// The e-mail address of who asks.
    email: String,
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
        let shared = SharedSite {
            site,
            time,
            activities: Activities::of(&catalogue),
            credential,
            email: user.email.clone(),
            looking,
        };
        Self { catalogue, shared }
    }
}

impl Worlds for RealSimulator {
    type Part = Trouble;

    const FLAG: &'static str = "--real ";
    const PLANTS: &'static [Plant] = &Plant::REAL;

    fn live(&self, seed: u64, bounds: &Bounds<Trouble>, plant: Option<Plant>) -> Result<Lived, String> {
        self.world(Case::of(seed, bounds, &self.catalogue), plant, false).live()
    }

    fn trace(&self, seed: u64, bounds: &Bounds<Trouble>, plant: Option<Plant>) -> Vec<String> {
        self.world(Case::of(seed, bounds, &self.catalogue), plant, true).told()
    }
}

impl RealSimulator {
    /// The names of all activities of Jira.
    pub fn activities(&self) -> BTreeSet<ActivityName> {
        self.catalogue.iter().map(|activity| activity.description().name.clone()).collect()
    }

    /// Lets a world live in which a request that makes an issue was given up, and arrives later than flowrun assumes.
    ///
    /// # Errors
    /// What is wrong with it: the issue is there twice.
    pub fn too_late(&self, seed: u64) -> Result<Lived, String> {
        self.struck(seed, ("create_issue", Strike::Network(NetworkFault::TooLate)), None)
    }

    /// Lets a world live in which one effect of an activity is struck.
    pub(crate) fn struck(
        &self,
        seed: u64,
        (effect, strike): (&'static str, Strike),
        plant: Option<Plant>,
    ) -> Result<Lived, Fault> {
        let (beginning, number) = struck::beginning(seed, effect, &self.catalogue);
        let mut world = self.world(Case { seed, troubles: BTreeSet::new(), runs: vec![beginning] }, plant, false);
        world.target = Some(Target::of(strike, struck::NODE, number));
        world.live()
    }

    fn world(&self, case: Case, plant: Option<Plant>, is_traced: bool) -> World<Real<'_>> {
        let shared = &self.shared;
        shared.begin();
        let SharedSite { site, time, activities, .. } = shared;
        let (seed, misfortunes) = (case.seed, case.misfortunes());
        let network = Network::new((site, time), case.troubles, (Seeded::named(seed, "network"), plant));
        let network = Arc::new(network);
        let authorities = std::array::from_fn(|_| JiraAuthority::new(Arc::new(Client::offline())));
        let kind = Real {
            shared,
            catalogues: Default::default(),
            authorities,
            network,
            looks: Looks::default(),
            taken: BTreeSet::new(),
        };
        let setup = Setup { seed, runs: case.runs, misfortunes, plant, is_traced };
        World::new(setup, (activities, Arc::clone(time)), kind)
    }
}

/// What happens in worlds of the real activities only.
#[derive(Debug)]
pub(crate) enum Event {
    /// A call goes on: of which run and step, and which of all calls.
    Poll(Run, StepPath, u64),
    /// A permission is taken away or given back.
    GrantChanges {
        /// Its key.
        permission: &'static str,
        is_granted: bool,
    },
}

/// What a world of the real activities has of its own.
pub(crate) struct Real<'a> {
    shared: &'a SharedSite,
    network: Arc<Network>,
    /// The activities of each process, which forget with it.
    catalogues: [Catalogue; PROCESSES],
    /// Who knows the grants in each process.
    authorities: [JiraAuthority; PROCESSES],
    looks: Looks,
    /// The permissions that are taken away now.
    taken: BTreeSet<&'static str>,
}

/// The calls of a run that is driven.
#[derive(Default)]
pub(crate) struct Calls(BTreeMap<StepPath, Running>);

impl From<Vec<Record>> for Calls {
    fn from(_: Vec<Record>) -> Self {
        Self::default()
    }
}

impl WorldKind for Real<'_> {
    type Event = Event;
    type Calls = Calls;

    /// Most of what was under way has arrived.
    const PERSON_TAKES: u64 = LONGEST_WAY + 1_000;
    const ASKS_AGAIN_AFTER: Duration = ASK_GRANTS_AGAIN_AFTER;

    fn misfortunes(world: &mut World<Self>) {
        world.administrator();
    }

    fn process_begins(world: &mut World<Self>, process: usize) {
        let Real { shared, network, .. } = &world.kind;
        let client = shared.client(network, world.setup.seed);
        world.kind.catalogues[process] = flowrun_jira::catalogue(&client, &Files::none());
        world.kind.authorities[process] = JiraAuthority::new(client);
    }

    fn network_fails(world: &mut World<Self>, effect: (Run, EffectId), fault: NetworkFault) {
        world.kind.network.strike(effect, fault);
    }

    /// What arrives comes first.
    fn goes_first(world: &mut World<Self>, next: Option<u64>) -> bool {
        let Some(at) = world.kind.network.next_arrival() else { return false };
        if next.is_some_and(|next| next < at) {
            return false;
        }
        world.time.pass_until(at);
        let arrived = world.kind.network.arrive().unwrap_or_default();
        world.note(|| arrived);
        let of = world.kind.network.take_arrived();
        world.strikes_on_the_way(of.as_ref(), Boundary::Arrived);
        true
    }

    fn happen(world: &mut World<Self>, event: Event) -> Result<(), Fault> {
        match event {
            Event::Poll(run, step, number) => world.poll(run, &step, number),
            Event::GrantChanges { permission, is_granted } => {
                world.grant_changes(permission, is_granted);
                Ok(())
            }
        }
    }

    fn perform(world: &mut World<Self>, run: Run, action: Action) -> Result<(), Fault> {
        world.perform(run, action)
    }

    fn check_end(world: &World<Self>, run: Run, state: &RunState) -> Result<(), Fault> {
        world.seeing_all(|| world.check_end(run, state))
    }

    fn check_world(world: &World<Self>) -> Result<(), Fault> {
        world.check_sandbox()
    }

    fn looks(world: &World<Self>) -> Looks {
        world.kind.looks.clone()
    }

    fn is_idle(calls: &Calls) -> bool {
        calls.0.is_empty()
    }

    fn is_under_way(world: &World<Self>, run: Run) -> bool {
        world.kind.network.is_under_way(run)
    }

    fn truth(world: &World<Self>, run: Run, open: &EffectView<'_>) -> Decision {
        world.truth(run, open)
    }
}

impl SharedSite {
    /// A world begins: the sandbox is as it was, and it is the first moment.
    fn begin(&self) {
        self.time.begin();
        self.site.reset().expect("a site in memory has no disk");
    }

    /// The client of a process that begins, which knows nothing yet.
    fn client(&self, network: &Arc<Network>, seed: u64) -> Arc<Client> {
        let credentials = ExpiringCredential::new(&self.credential, &self.time, seed);
        let connection =
            Connection { api_base: SITE.to_owned(), site_url: SITE.to_owned(), credentials: Arc::new(credentials) };
        let shared = flowrun_jira::ClientParts {
            transport: Arc::clone(network) as _,
            clock: Arc::new(WallClock(Arc::clone(&self.time))),
            random: Arc::new(ClientRandom(seed)),
        };
        let client = Client::over(connection, &Settings::default(), shared);
        Arc::new(client.expect("the address is one of a site"))
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
