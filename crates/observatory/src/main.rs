//! The observatory: one program that harvests, indexes and publishes.
//!
//! Only this crate reads configuration, environment and signals.

mod archive;
mod commands;
mod config;
mod elsewhere;
mod exit;
mod lifecycle;
mod output;
mod progress;
mod replay;
mod telemetry;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::exit::Exit;

/// Harvests what an academic network publishes, makes it findable in the six languages of the United
/// Nations, and publishes briefs whose every claim opens at its evidence.
#[derive(Debug, Parser)]
#[command(name = "observatory", version, propagate_version = true, after_help = EXIT_CODES)]
#[command(before_long_help = EXAMPLES)]
struct Program {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// Examples that stand before the long help.
const EXAMPLES: &str = "Examples:
  observatory demo                              try it: everything, offline, on 127.0.0.1:8080
  observatory source add https://example.org/feed.xml && observatory serve
  observatory search --lang ar 'الذكاء الاصطناعي'";

/// What the exit codes say.
const EXIT_CODES: &str = "Exit codes: 0 done; 1 the answer is no (nothing found, a check found faults); \
2 wrong use; 3 network, disk or lock failed, try again; 5 data are damaged; 130 interrupted.";

/// Flags of every command.
#[derive(Debug, Args)]
struct Everywhere {
    /// A file with the settings that differ from the defaults.
    #[arg(long, global = true, env = "OBSERVATORY_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where records are kept; the words of the help without marks of code.
    #[arg(long, global = true, env = "OBSERVATORY_DATABASE_URL", value_name = "URL")]
    #[arg(help = "Where records are kept: sqlite:PATH or postgres://USER@HOST/DATABASE")]
    database_url: Option<String>,
    /// Print the result as JSON, one object a line.
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing but results and errors.
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the whole observatory on this machine, with a small network of its own, offline.
    Demo(commands::demo::Demo),
    /// Run the site, the harvest and the index until stopped.
    Serve(commands::serve::Serve),
    /// Read the active sources once, now, and index what is new.
    Ingest(commands::ingest::Ingest),
    /// Load many records from a file, as entries of a source that is not read over the network.
    Import(commands::import::Import),
    /// Add and list sources.
    #[command(subcommand)]
    Source(commands::source::Source),
    /// Make, try and apply rules for what comes in, and look at what they hold.
    #[command(subcommand)]
    Rule(commands::rule::RuleCommand),
    /// Show what is folded into one story, and split or join by hand.
    #[command(subcommand)]
    Story(commands::story::Story),
    /// Count what rises, explain it, and keep what people make of it.
    #[command(subcommand)]
    Trends(commands::trends::Trends),
    /// Make the site equal to the content folder, or only check the folder.
    Publish(commands::publish::Publish),
    /// Build the search index and say how it is.
    #[command(subcommand)]
    Index(commands::index::Index),
    /// Search from the command line.
    Search(commands::search::Search),
    /// Add people, give them roles, and sign them in.
    #[command(subcommand)]
    User(commands::user::User),
    /// List what was handed in.
    #[command(subcommand)]
    Submission(commands::submission::SubmissionCommand),
    /// Verify and export the log of what was done.
    #[command(subcommand)]
    Audit(commands::audit::Audit),
    /// List and end the alerts that readers have asked for.
    #[command(subcommand)]
    Alert(commands::alert::Alert),
    /// Read a document as papers are read, and say what it tells of itself.
    Read(commands::read::Read),
    /// Read one document from the standard input, within limits: the other side of the worker.
    #[command(hide = true)]
    ReadPaper(commands::read_paper::ReadPaper),
    /// Try everything the observatory needs and say what is wrong.
    Doctor(commands::doctor::Doctor),
}

fn main() -> ExitCode {
    let program = Program::parse();
    if let Command::ReadPaper(read) = program.command {
        // It reads no configuration and starts no threads but its own.
        return read.run();
    }
    match run(program) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let (exit, hint) = exit::of(&error);
            output::error(&error, hint);
            exit.into()
        }
    }
}

fn run(program: Program) -> anyhow::Result<Exit> {
    let Program { everywhere, command } = program;
    let mut config = config::read(everywhere.config.as_deref(), &config::environment())?;
    if let Some(url) = &everywhere.database_url {
        config.store.url.clone_from(url);
    }
    if !matches!(command, Command::Serve(_)) {
        // A command tells what it does in its own words; only the service writes a log.
        telemetry::QUIET.clone_into(&mut config.log.filter);
    }
    telemetry::start(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let said = commands::Said { json: everywhere.json, quiet: everywhere.quiet };
    runtime.block_on(async {
        match command {
            Command::Demo(demo) => demo.run(config, said).await,
            Command::Serve(serve) => serve.run(config, said).await,
            Command::Ingest(ingest) => ingest.run(config, said).await,
            Command::Import(import) => import.run(config, said).await,
            Command::Source(source) => source.run(config, said).await,
            Command::Rule(rule) => rule.run(config, said).await,
            Command::Story(story) => story.run(config, said).await,
            Command::Trends(trends) => trends.run(config, said).await,
            Command::Publish(publish) => publish.run(config, said).await,
            Command::Index(index) => index.run(config, said).await,
            Command::Search(search) => search.run(config, said).await,
            Command::User(user) => user.run(config, said).await,
            Command::Submission(submission) => submission.run(config, said).await,
            Command::Audit(audit) => audit.run(config, said).await,
            Command::Alert(alert) => alert.run(config, said).await,
            Command::Read(read) => read.run(config, said).await,
            // It has run before there was a runtime.
            Command::ReadPaper(_) => Ok(Exit::WrongUse),
            Command::Doctor(doctor) => doctor.run(config, said).await,
        }
    })
}
