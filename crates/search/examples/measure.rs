//! scratch
use observatory_model::change::*;
use observatory_model::document::*;
use observatory_model::search::*;
use observatory_model::*;
use observatory_search::*;
use std::collections::*;
use std::time::Instant;
fn main() {
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    rt.block_on(run());
}
async fn run() {
    let dir = std::env::args().nth(1).unwrap(); let only = std::env::args().nth(2); let step: usize = std::env::var("STEP").ok().map_or(3,|s|s.parse().unwrap());
    for (lang, file) in [(Language::Ar,"xquad.ar"),(Language::Zh,"xquad.zh"),(Language::En,"xquad.en"),(Language::Ru,"xquad.ru"),(Language::Es,"xquad.es"),(Language::Fr,"piaf"),(Language::En,"cran"),(Language::En,"npl")] {
        if only.as_ref().is_some_and(|o| o!=file) {continue;}
        let text = std::fs::read_to_string(format!("{dir}/{file}.tsv")).unwrap();
        let mut docs = vec![]; let mut queries = vec![];
        for line in text.lines() {
            let f: Vec<&str> = line.split('\t').collect();
            if f[0]=="D" { docs.push((f[1].to_owned(), f[2].to_owned())); } else { 
                let rel: HashMap<String,f64> = f[2].split(',').filter(|s|!s.is_empty()).map(|p|{let (a,b)=p.split_once(':').unwrap();(a.to_owned(),b.parse().unwrap())}).collect();
                queries.push((f[1].to_owned(), rel)); }
        }
        let tmp = std::env::temp_dir().join(format!("measure-{file}"));
        drop(std::fs::remove_dir_all(&tmp));
        let s = Search::open(&Settings{folder:tmp,writer_memory_bytes:50_000_000,commit_after_documents:100000,commit_after_milliseconds:60000,reader_threads:std::num::NonZeroUsize::new(1).unwrap(),waiting:10,budget_milliseconds:5000},"x").await.unwrap();
        let mut names: HashMap<DocumentKey,String> = HashMap::new();
        let mut ups = vec![];
        for (id, t) in &docs {
            let key = DocumentKey::Entry(EntryId::new(Timestamp::EPOCH));
            names.insert(key.clone(), id.clone());
            ups.push(Document{key,kind:Kind::Entry,language:Some(lang),title:String::new(),summary:String::new(),passages:vec![Passage{number:None,text:t.clone()}],source:None,source_name:String::new(),date:Timestamp::EPOCH});
        }
        let t0=Instant::now();
        s.apply(Batch{upserts:ups,removals:vec![],up_to:ChangeNumber(1)}).await.unwrap();
        s.commit().await.unwrap();
        let index_ms=t0.elapsed().as_millis();
        let (mut ndcg, mut r100, mut some) = (0.0,0.0,0);
        let mut times=vec![];
        let queries: Vec<_> = queries.into_iter().step_by(step).collect();
 for (q, rel) in &queries {
            let mut ranked: Vec<String> = vec![];
            for page in 1..=1 {
                let t=Instant::now();
                let p = s.search(SearchRequest{words:q.clone(),page,..Default::default()}).await.unwrap();
                if page==1 { times.push(t.elapsed().as_secs_f64()*1000.0); if p.notes.contains(&Note::SomeWords){some+=1;} }
                if p.page != page { break; }
                ranked.extend(p.hits.iter().map(|h| names[&h.key].clone()));
            }
            let mut gains: Vec<f64> = rel.values().copied().filter(|g|*g>0.0).collect(); gains.sort_by(|a,b|b.total_cmp(a));
            let idcg: f64 = gains.iter().take(10).enumerate().map(|(i,g)| g/((i+2) as f64).log2()).sum();
            let dcg: f64 = ranked.iter().take(10).enumerate().map(|(i,d)| rel.get(d).copied().unwrap_or(0.0).max(0.0)/((i+2) as f64).log2()).sum();
            if std::env::var("SHOW").is_ok() && dcg==0.0 { println!("MISS {q} {:?} {}", rel.keys(), ranked.len()); }
            if idcg>0.0 { ndcg += dcg/idcg; r100 += ranked.iter().filter(|d| rel.get(*d).copied().unwrap_or(0.0)>0.0).count() as f64/gains.len() as f64; }
        }
        times.sort_by(f64::total_cmp);
        let n=queries.len() as f64;
        println!("{file:10} ndcg {:.4} r100 {:.4} some {some}/{} index {index_ms}ms p50 {:.2} p99 {:.2}", ndcg/n, r100/n, queries.len(), times[times.len()/2], times[times.len()*99/100]);
    }
}
