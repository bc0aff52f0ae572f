const at='{version}';setInterval(async()=>{{try{{const now=await(await fetch('version')).text();if(now!==at)location.reload()}}catch{{}}}},150)
